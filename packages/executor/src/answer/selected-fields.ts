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

/** The types and fragments that names in an operation refer to. */
export interface Definitions {
  readonly schema: GraphQLSchema;
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  /** The interfaces and unions for which subgraphs have different object types. */
  readonly inconsistent: ReadonlySet<string>;
}

export type MaybeType = GraphQLNamedType | null | undefined;

export const TYPENAME = '__typename';

/** All selections of one response key, merged. */
export interface Selected {
  /** The name of the field, without its alias. */
  readonly name: string;
  /** Undefined when the schema does not have the field. */
  readonly of: GraphQLOutputType | undefined;
  /** Whether the key must be present, whatever `@skip`, `@include` and type conditions evaluate to. */
  isRequired: boolean;
  readonly sets: SelectedSet[];
}

/** Selections on the objects of one field. */
export interface SelectedSet {
  readonly node: SelectionSetNode;
  /** Whether they apply to every object of the field, whatever `@skip`, `@include` and type conditions evaluate to. */
  readonly isRequired: boolean;
}

/**
 * Merges selections on an object by response key, without fragments that cannot apply to it.
 * @param object the object's type; null when it is unknown
 * @param type the type that the schema declares, which may be abstract
 */
export function selectedFields(
  sets: readonly SelectedSet[],
  object: GraphQLObjectType | null,
  type: MaybeType,
  definitions: Definitions,
): ReadonlyMap<string, Selected> {
  const collector = new Collector(definitions, object);
  // An object that is there was selected, so a single set applies to it.
  for (const { node, isRequired } of sets) collector.collect(node, type, isRequired || sets.length === 1);
  return collector.selected;
}

class Collector {
  readonly selected = new Map<string, Selected>();

  constructor(
    private readonly definitions: Definitions,
    private readonly object: GraphQLObjectType | null,
  ) {}

  /**
   * @param parent the type that the selection set is on
   * @param isRequired whether the selections always apply
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

  /** Whether a type condition is met; null when it is unknown. */
  private applies(condition: MaybeType): boolean | null {
    if (!condition || !this.object) return null;
    if (condition === this.object) return true;
    const { schema, inconsistent } = this.definitions;
    const isMet = isAbstractType(condition) && schema.isSubType(condition, this.object);
    return isMet && inconsistent.has(condition.name) ? null : isMet;
  }

  private select(
    { alias, name, selectionSet }: FieldNode,
    of: GraphQLOutputType | undefined,
    isRequired: boolean,
  ) {
    const key = alias?.value ?? name.value;
    // Validation guarantees that selections with the same key have the same list depth, and all have subfields or none.
    let known = this.selected.get(key);
    if (!known) this.selected.set(key, (known = { name: name.value, of, isRequired, sets: [] }));
    known.isRequired ||= isRequired;
    if (selectionSet) known.sets.push({ node: selectionSet, isRequired });
  }
}

function fieldType({ name }: FieldNode, parent: MaybeType): GraphQLOutputType | undefined {
  if (name.value === TYPENAME) return TypeNameMetaFieldDef.type;
  return isObjectType(parent) || isInterfaceType(parent) ? parent.getFields()[name.value]?.type : undefined;
}
