import {
  Kind,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLError,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';
import { fragmentsOf } from './document/fragments.js';
import type { Path } from './known-errors.js';
import type { Data } from './own.js';
import { responseKey } from './document-keys.js';
import type { ResponseKeys } from './response-keys.js';

/**
 * Leaves out the errors of fields that `@skip` or `@include` leaves out. The planner loses conditions when it merges
 * fetches, so subgraphs may execute such fields. Errors of fields that the planner adds explain nulls, so they stay.
 */
export class ReportedErrors {
  private readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;

  constructor(
    document: DocumentNode,
    private readonly operation: OperationDefinitionNode,
    private readonly keys: ResponseKeys,
  ) {
    this.fragments = fragmentsOf(document);
  }

  /**
   * @param internalPathOf the path of an error inside the executor, if a subgraph has reported it with a path
   * @param data the response
   */
  among(
    errors: readonly GraphQLError[],
    internalPathOf: (error: GraphQLError) => Path | undefined,
    data: Data | null,
  ): GraphQLError[] {
    return errors.filter((error) => {
      const internal = internalPathOf(error);
      const missing = internal ? missingKey(error.path!, data) : -1;
      if (missing < 0 || this.keys.mayBeAdded(String(internal![missing]))) return true;
      return !this.isSelected(error.path!.slice(0, missing + 1));
    });
  }

  /** Whether the operation selects a field at a path, whatever its conditions are. */
  private isSelected(path: Path): boolean {
    let sets: readonly SelectionSetNode[] = [this.operation.selectionSet];
    for (const key of path) {
      if (typeof key === 'number') continue;
      const nodes = sets.flatMap((set) => this.fields(set)).filter((node) => responseKey(node) === key);
      if (nodes.length === 0) return false;
      sets = nodes.flatMap(({ selectionSet }) => selectionSet ?? []);
    }
    return true;
  }

  private fields({ selections }: SelectionSetNode): readonly FieldNode[] {
    return selections.flatMap((node) => {
      if (node.kind === Kind.FIELD) return [node];
      const fragment = node.kind === Kind.INLINE_FRAGMENT ? node : this.fragments.get(node.name.value)!;
      return this.fields(fragment.selectionSet);
    });
  }
}

/** The index of the first key that an object of a response does not have; -1 when there is none. */
function missingKey(path: Path, data: Data | null): number {
  let value: unknown = data;
  for (const [at, key] of path.entries()) {
    if (typeof value !== 'object' || value === null) return -1;
    if (!Object.hasOwn(value, key)) return at;
    value = (value as Record<string | number, unknown>)[key];
  }
  return -1;
}
