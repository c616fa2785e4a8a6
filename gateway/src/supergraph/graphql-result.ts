import {
  Kind,
  type DocumentNode,
  type FragmentDefinitionNode,
  type GraphQLFormattedError,
  type GraphQLSchema,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';
import { NoGraphQLResult } from './no-graphql-result.js';
import type { Definitions } from './selected-fields.js';
import { isObject, SelectionShape, type Data } from './selection-shape.js';

/** What a subgraph may answer. */
export interface GraphQLResult {
  readonly data?: Data | null;
  readonly errors?: readonly GraphQLFormattedError[];
}

/**
 * The form of the results of one operation. Apollo's executor trusts subgraphs: what has another form makes it throw,
 * which costs the healthy rest of an answer, or becomes a null that nobody explains.
 */
export class ResultShape {
  private readonly definitions: Definitions;
  private readonly root: SelectionShape;
  /** What is selected of entities; null when the operation is not about them. */
  private readonly ofEntities: SelectionSetNode | null;
  private readonly entities = new Map<string, SelectionShape>();
  /** Where in the data begins what was asked for: at each root field, or at the first entity. */
  readonly paths: readonly (string | number)[][];

  /** @param schema what clients see; whatever subgraphs say of types and fields that it does not have is taken for right */
  constructor(document: DocumentNode, schema: GraphQLSchema) {
    const fragments = new Map<string, FragmentDefinitionNode>();
    let operation: OperationDefinitionNode | undefined;
    for (const node of document.definitions) {
      if (node.kind === Kind.FRAGMENT_DEFINITION) fragments.set(node.name.value, node);
      else if (node.kind === Kind.OPERATION_DEFINITION) operation ??= node;
    }
    if (!operation) throw new Error('a document without an operation was to be sent');
    const { selectionSet } = operation;
    this.definitions = { schema, fragments };
    this.root = new SelectionShape(this.definitions, schema.getRootType(operation.operation), [selectionSet]);
    // The planner asks for nothing else beside them.
    const [first] = selectionSet.selections;
    const isAboutEntities = first?.kind === Kind.FIELD && first.name.value === '_entities';
    this.ofEntities = (isAboutEntities && first.selectionSet) || null;
    this.paths = this.ofEntities ? [['_entities', 0]] : this.root.keys.map((key) => [key]);
  }

  /**
   * Checks an answer, and takes out of it what was not asked for.
   * @param representations of the entities that were asked for
   * @throws NoGraphQLResult for what is no result of the operation
   */
  check(answer: unknown, representations: unknown = []): asserts answer is GraphQLResult {
    if (!isObject(answer)) throw new NoGraphQLResult('it is no object');
    const { data, errors } = answer;
    if (errors !== undefined && !isErrorList(errors)) throw new NoGraphQLResult('its errors are none');
    if (data === null || data === undefined) {
      if (errors === undefined) throw new NoGraphQLResult('it has neither data nor errors');
    } else if (!isObject(data)) {
      throw new NoGraphQLResult('its data is no object');
    } else if (this.ofEntities) {
      this.checkEntities(this.ofEntities, data, representations as readonly (Data | null)[]);
    } else {
      this.root.check(data);
    }
  }

  private checkEntities(
    selected: SelectionSetNode,
    data: Data,
    representations: readonly (Data | null)[],
  ): void {
    const records = data['_entities'];
    if (!Array.isArray(records)) throw new NoGraphQLResult('its entities are no list');
    if (records.length !== representations.length)
      throw new NoGraphQLResult(`it has ${records.length} entities instead of ${representations.length}`);
    for (let n = 0; n < records.length; n += 1) {
      const record: unknown = records[n];
      if (record === null) continue;
      if (!isObject(record)) throw new NoGraphQLResult('an entity is no object');
      this.entityOf(selected, String(representations[n]?.['__typename'])).check(record);
    }
  }

  /** There are as many as types that the planner knows. */
  private entityOf(selected: SelectionSetNode, typename: string): SelectionShape {
    let entity = this.entities.get(typename);
    if (!entity) {
      const type = this.definitions.schema.getType(typename);
      entity = new SelectionShape(this.definitions, type, [selected]);
      this.entities.set(typename, entity);
    }
    return entity;
  }
}

/** Whether this is a list of errors as GraphQL has them (its section "Errors", in "Response Format"). */
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
