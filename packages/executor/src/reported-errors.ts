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
import type { ErrorOrigin } from './execution.js';
import type { Path } from './known-errors.js';
import type { Data } from './own.js';
import { responseKey } from './document-keys.js';
import type { ResponseKeys } from './response-keys.js';

/**
 * Leaves out the errors of fields that `@skip` or `@include` leaves out. The planner loses conditions when it merges
 * fetches, so subgraphs may execute such fields. Errors that explain nulls stay: those of fields that the planner adds, and
 * those that null the whole object.
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
   * @param originOf an error that a subgraph has reported with a path
   * @param data the response
   */
  among(
    errors: readonly GraphQLError[],
    originOf: (error: GraphQLError) => ErrorOrigin | undefined,
    data: Data | null,
  ): GraphQLError[] {
    return errors.filter((error) => {
      const origin = originOf(error);
      const missing = origin ? missingKey(error.path!, data) : -1;
      if (!origin || missing < 0 || origin.nullAt <= missing) return true;
      if (this.keys.mayBeAdded(String(origin.path[missing]))) return true;
      return this.selectedAt(error.path!.slice(0, missing + 1)).length === 0;
    });
  }

  /** The fields that the operation selects at a path, whatever its conditions are. */
  private selectedAt(path: Path): readonly FieldNode[] {
    let sets: readonly SelectionSetNode[] = [this.operation.selectionSet];
    let nodes: readonly FieldNode[] = [];
    for (const key of path) {
      if (typeof key === 'number') continue;
      nodes = sets.flatMap((set) => this.fields(set)).filter((node) => responseKey(node) === key);
      sets = nodes.flatMap(({ selectionSet }) => selectionSet ?? []);
    }
    return nodes;
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
