import {
  getNamedType,
  isAbstractType,
  isCompositeType,
  isInterfaceType,
  isObjectType,
  Kind,
  type ConstDirectiveNode,
  type DirectiveNode,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLCompositeType,
  type GraphQLSchema,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';
import { responseKey } from '../document-keys.js';
import { fragmentsOf } from '../document/fragments.js';

type Sets = readonly SelectionSetNode[];

/** A field with the conditions of the fragments around it. */
export interface SelectedField {
  readonly node: FieldNode;
  readonly directives: readonly DirectiveNode[];
}

/** The selections of one place in a response. */
export interface Selected {
  /** The declared type; null when it depends on the type of the parent. */
  type: string | null;
  readonly sets: SelectionSetNode[];
}

/** Whether an object of a type meets a type condition. */
export function includes(schema: GraphQLSchema, condition: string, type: string): boolean {
  if (condition === type) return true;
  const [abstract, object] = [schema.getType(condition), schema.getType(type)];
  return isAbstractType(abstract) && isObjectType(object) && schema.isSubType(abstract, object);
}

/** The selections of an operation, by paths of response keys. */
export class SelectedFields {
  private readonly places = new Map<string, Selected>();
  private readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;

  constructor(
    document: DocumentNode,
    { operation, selectionSet }: OperationDefinitionNode,
    private readonly schema: GraphQLSchema,
  ) {
    this.fragments = fragmentsOf(document);
    this.index(selectionSet, schema.getRootType(operation)!, '');
  }

  at(path: string): Selected | undefined {
    return this.places.get(path);
  }

  /** Whether a field returns one of some types, or its type depends on its parent. */
  returnsOneOf(types: ReadonlySet<string>): boolean {
    return [...this.places.values()].some(({ type }) => type === null || types.has(type));
  }

  /** The fields that selections have for objects of a type. */
  of(sets: Sets, type: string): SelectedField[] {
    const fields: SelectedField[] = [];
    const collect = ({ selections }: SelectionSetNode, around: readonly DirectiveNode[]): void => {
      for (const selection of selections) {
        const directives = [...around, ...((selection.directives ?? []) as readonly ConstDirectiveNode[])];
        if (selection.kind === Kind.FIELD) {
          fields.push({ node: selection, directives: around });
          continue;
        }
        const fragment =
          selection.kind === Kind.FRAGMENT_SPREAD ? this.fragments.get(selection.name.value)! : selection;
        const condition = fragment.typeCondition?.name.value ?? type;
        if (includes(this.schema, condition, type)) collect(fragment.selectionSet, directives);
      }
    };
    for (const set of sets) collect(set, []);
    return fields;
  }

  private index({ selections }: SelectionSetNode, type: GraphQLCompositeType, path: string): void {
    for (const selection of selections) {
      if (selection.kind !== Kind.FIELD) {
        const fragment =
          selection.kind === Kind.FRAGMENT_SPREAD ? this.fragments.get(selection.name.value)! : selection;
        const condition = fragment.typeCondition && this.schema.getType(fragment.typeCondition.name.value);
        this.index(fragment.selectionSet, isCompositeType(condition) ? condition : type, path);
      } else if (selection.selectionSet && (isObjectType(type) || isInterfaceType(type))) {
        const field = type.getFields()[selection.name.value];
        if (!field) continue;
        const returned = getNamedType(field.type) as GraphQLCompositeType;
        const at = `${path}.${responseKey(selection)}`;
        const place = this.places.get(at) ?? { type: returned.name, sets: [] };
        if (place.type !== returned.name) place.type = null;
        place.sets.push(selection.selectionSet);
        this.places.set(at, place);
        this.index(selection.selectionSet, returned, at);
      }
    }
  }
}
