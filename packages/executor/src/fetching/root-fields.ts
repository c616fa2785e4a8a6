import {
  getOperationAST,
  isNonNullType,
  Kind,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLObjectType,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';
import type { ConditionValues } from '../conditions.js';
import { fragmentsOf } from '../document/fragments.js';
import { responseKey } from '../document-keys.js';
import type { ResponseKeys } from '../response-keys.js';

/** The root fields of a fetch that `@skip` and `@include` do not leave out. */
export interface SelectedRoots {
  /** Their response keys. */
  readonly keys: readonly string[];
  /** The response keys of those that are non-null in the type. */
  readonly nonNull: readonly string[];
}

/** The root fields of an operation, also those in fragments. */
export class RootFields {
  private readonly set: SelectionSetNode;
  private readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;

  /**
   * @param type the root type; null when it does not matter which fields are non-null
   * @param keys for the names of the variables
   */
  constructor(
    document: DocumentNode,
    private readonly type: GraphQLObjectType | null | undefined,
    private readonly keys: ResponseKeys,
  ) {
    this.set = getOperationAST(document)!.selectionSet;
    this.fragments = fragmentsOf(document);
  }

  /** Their names, without aliases. */
  get names(): readonly string[] {
    return this.fields(this.set, () => true).map(({ name }) => name.value);
  }

  under(values: ConditionValues): SelectedRoots {
    const roots = this.fields(this.set, (node) => isIncluded(node, this.keys, values));
    const isNonNull = ({ name }: FieldNode) => isNonNullType(this.type?.getFields()[name.value]?.type);
    return {
      keys: [...new Set(roots.map(responseKey))],
      nonNull: [...new Set(roots.filter(isNonNull).map(responseKey))],
    };
  }

  /** Whether conditions leave out all fields that are fetched: those of the root, or those of the entities. */
  areLeftOut(values: ConditionValues): boolean {
    const isWanted = (node: SelectionNode) => isIncluded(node, this.keys, values);
    const roots = this.fields(this.set, isWanted);
    const entities = roots.find(({ name }) => name.value === '_entities');
    return (entities ? this.fields(entities.selectionSet!, isWanted) : roots).length === 0;
  }

  private fields(
    { selections }: SelectionSetNode,
    isWanted: (node: SelectionNode) => boolean,
  ): readonly FieldNode[] {
    return selections.filter(isWanted).flatMap((node) => {
      if (node.kind === Kind.FIELD) return [node];
      const fragment = node.kind === Kind.INLINE_FRAGMENT ? node : this.fragments.get(node.name.value)!;
      return this.fields(fragment.selectionSet, isWanted);
    });
  }
}

/** Whether the conditions on a selection include it. */
export function isIncluded(
  { directives = [] }: SelectionNode,
  names: ResponseKeys,
  values: ConditionValues,
): boolean {
  return directives.every(({ name, arguments: given = [] }) => {
    if (name.value !== 'skip' && name.value !== 'include') return true;
    const value = given[0]?.value;
    const isMet =
      value?.kind === Kind.VARIABLE
        ? values[names.external(value.name.value)]
        : value?.kind === Kind.BOOLEAN && value.value;
    return isMet === (name.value === 'include');
  });
}
