import {
  isAbstractType,
  isInterfaceType,
  isObjectType,
  Kind,
  TypeNameMetaFieldDef,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
  type SelectionSetNode,
} from 'graphql';

/** What names in an operation stand for. */
export interface Definitions {
  readonly schema: GraphQLSchema;
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
}

export type MaybeType = GraphQLNamedType | null | undefined;

export const TYPENAME = '__typename';

/** What all selections of one key say together. */
export interface Selected {
  /** The name of the field, whatever its key. */
  readonly name: string;
  /** Nothing when the schema does not have it. */
  readonly of: GraphQLOutputType | undefined;
  /** Whether it is there in any case. */
  isRequired: boolean;
  readonly sets: SelectionSetNode[];
}

/**
 * What is selected of an object, by key: what is in fragments of other types is not.
 * @param object what the object is; null when it is not known
 * @param type what it is taken for
 */
export function selectedFields(
  sets: readonly SelectionSetNode[],
  object: GraphQLObjectType | null,
  type: MaybeType,
  definitions: Definitions,
): ReadonlyMap<string, Selected> {
  const collector = new Collector(definitions, object);
  for (const set of sets) collector.collect(set, type, true);
  return collector.selected;
}

class Collector {
  readonly selected = new Map<string, Selected>();

  constructor(
    private readonly definitions: Definitions,
    private readonly object: GraphQLObjectType | null,
  ) {}

  /**
   * @param parent what the object is taken for here
   * @param isRequired whether what is selected here is there in any case
   */
  collect({ selections }: SelectionSetNode, parent: MaybeType, isRequired: boolean): void {
    const { schema, fragments } = this.definitions;
    for (const node of selections) {
      const isSure = isRequired && !node.directives?.some(({ name }) => /^(skip|include)$/.test(name.value));
      if (node.kind === Kind.FIELD) {
        this.select(node, fieldType(node, this.object ?? parent), isSure);
        continue;
      }
      const fragment = node.kind === Kind.INLINE_FRAGMENT ? node : fragments.get(node.name.value);
      if (!fragment) continue;
      const condition = fragment.typeCondition?.name.value ?? parent?.name;
      const type = condition === undefined ? parent : schema.getType(condition);
      const applies = condition === parent?.name || this.applies(type);
      if (applies !== false) this.collect(fragment.selectionSet, type, isSure && applies === true);
    }
  }

  /** Whether a condition is met; null when nobody can tell. */
  private applies(condition: MaybeType): boolean | null {
    if (!condition || !this.object) return null;
    if (condition === this.object) return true;
    return isAbstractType(condition) && this.definitions.schema.isSubType(condition, this.object);
  }

  private select(
    { alias, name, selectionSet }: FieldNode,
    of: GraphQLOutputType | undefined,
    isRequired: boolean,
  ) {
    const key = alias?.value ?? name.value;
    // By validation, what is selected as the same key has as many lists, and fields or none.
    let known = this.selected.get(key);
    if (!known) this.selected.set(key, (known = { name: name.value, of, isRequired, sets: [] }));
    known.isRequired ||= isRequired;
    if (selectionSet) known.sets.push(selectionSet);
  }
}

function fieldType({ name }: FieldNode, parent: MaybeType): GraphQLOutputType | undefined {
  if (name.value === TYPENAME) return TypeNameMetaFieldDef.type;
  return isObjectType(parent) || isInterfaceType(parent) ? parent.getFields()[name.value]?.type : undefined;
}
