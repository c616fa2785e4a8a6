import {
  Kind,
  type DocumentNode,
  type FragmentDefinitionNode,
  type GraphQLFormattedError,
  type GraphQLSchema,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';
import { InvalidGraphQLResult } from './invalid-graphql-result.js';
import type { Definitions } from './selected-fields.js';
import type { CodeBudget } from '../code/source.js';
import { isObject, type Data } from '../own.js';
import { SelectionShape } from './selection-shape.js';

/** A valid response of a subgraph. */
export interface GraphQLResult {
  readonly data?: Data | null;
  readonly errors?: readonly GraphQLFormattedError[];
}

/**
 * The expected shape of the results of one operation. An unexpected shape is a failure of that fetch alone, and never
 * reaches the data of other subgraphs.
 */
export class ResultShape {
  private readonly definitions: Definitions;
  private readonly root: SelectionShape;
  /** The selections on `_entities`; null when the operation does not fetch entities. */
  private readonly ofEntities: SelectionSetNode | null;
  private readonly entities = new Map<string, SelectionShape>();
  /** Null until checks are compiled. */
  private budget: CodeBudget | null = null;

  /**
   * @param schema the API schema; values of types and fields that it does not have are not checked
   * @param inconsistent the interfaces and unions for which subgraphs have different object types
   */
  constructor(document: DocumentNode, schema: GraphQLSchema, inconsistent: ReadonlySet<string> = new Set()) {
    const fragments = new Map<string, FragmentDefinitionNode>();
    let operation: OperationDefinitionNode | undefined;
    for (const node of document.definitions) {
      if (node.kind === Kind.FRAGMENT_DEFINITION) fragments.set(node.name.value, node);
      else if (node.kind === Kind.OPERATION_DEFINITION) operation ??= node;
    }
    if (!operation) throw new Error('the document for the subgraph has no operation');
    const { selectionSet } = operation;
    this.definitions = { schema, fragments, inconsistent };
    this.root = new SelectionShape(this.definitions, schema.getRootType(operation.operation), [
      { node: selectionSet, isRequired: true },
    ]);
    // The planner never combines `_entities` with other fields.
    const [first] = selectionSet.selections;
    const isAboutEntities = first?.kind === Kind.FIELD && first.name.value === '_entities';
    this.ofEntities = (isAboutEntities && first.selectionSet) || null;
  }

  /** Generates code for checks from now on. */
  compile(budget: CodeBudget): void {
    this.budget = budget;
    if (!this.ofEntities) this.root.compile(budget);
    for (const entity of this.entities.values()) entity.compile(budget);
  }

  /**
   * Checks a response, and removes fields that were not selected.
   * @param types the types of the requested entities
   * @throws InvalidGraphQLResult when the response is not a result of the operation
   */
  check(response: unknown, types: readonly string[] = []): asserts response is GraphQLResult {
    if (!isObject(response)) throw new InvalidGraphQLResult('it is not an object');
    const { data, errors } = response;
    if (errors !== undefined && !isErrorList(errors))
      throw new InvalidGraphQLResult('errors is not a list of GraphQL errors');
    if (data === null || data === undefined) {
      if (errors === undefined) throw new InvalidGraphQLResult('it has neither data nor errors');
    } else if (!isObject(data)) {
      throw new InvalidGraphQLResult('data is not an object');
    } else if (this.ofEntities) {
      this.checkEntities(this.ofEntities, data, types);
    } else {
      this.root.check(data);
    }
  }

  private checkEntities(selected: SelectionSetNode, data: Data, types: readonly string[]): void {
    const records = data['_entities'];
    if (!Array.isArray(records)) throw new InvalidGraphQLResult('_entities is not a list');
    if (records.length !== types.length)
      throw new InvalidGraphQLResult(`it has ${records.length} entities instead of ${types.length}`);
    for (let n = 0; n < records.length; n += 1) {
      const record: unknown = records[n];
      if (record === null) continue;
      if (!isObject(record)) throw new InvalidGraphQLResult('an entity is not an object');
      this.entityOf(selected, types[n]!).check(record);
    }
  }

  /** Cached by type. The planner's types bound the size of the cache. */
  private entityOf(selected: SelectionSetNode, typename: string): SelectionShape {
    let entity = this.entities.get(typename);
    if (!entity) {
      const type = this.definitions.schema.getType(typename);
      entity = new SelectionShape(this.definitions, type, [{ node: selected, isRequired: true }]);
      if (this.budget) entity.compile(this.budget);
      this.entities.set(typename, entity);
    }
    return entity;
  }
}

/** Whether a value is a list of GraphQL errors (specification, section "Errors" of "Response Format"). */
export function isErrorList(errors: unknown): errors is readonly GraphQLFormattedError[] {
  return Array.isArray(errors) && errors.length > 0 && errors.every(isError);
}

function isError(error: unknown): boolean {
  if (!isObject(error) || typeof error['message'] !== 'string') return false;
  const { path, extensions } = error;
  return (path === undefined || isPath(path)) && (extensions === undefined || isObject(extensions));
}

function isPath(path: unknown): boolean {
  return Array.isArray(path) && path.every((key) => typeof key === 'string' || Number.isInteger(key));
}
