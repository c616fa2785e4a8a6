import { Kind, OperationTypeNode, parse, type DocumentNode, type GraphQLSchema } from 'graphql';
import { LRUCache } from 'lru-cache';
import { rulesOf } from '../operation/mutation-rules.js';
import { ResultShape } from './graphql-result.js';

/** The number of cached operations per schema. Cached plans send the same documents repeatedly. */
const MAX_OPERATIONS = 500;

/** The properties of an operation that the gateway sends to a subgraph. */
export interface FetchedOperation {
  readonly shape: ResultShape;
  /** Time limit of the client's operation from the time at which this one is sent, in milliseconds; null without one. */
  readonly deadlineMs: number | null;
}

/** Caches what is known about operations by their text, for as long as their schema is in use. */
export class FetchedOperations {
  private readonly bySchema = new WeakMap<GraphQLSchema, LRUCache<string, FetchedOperation>>();

  /** @param schema the API schema that the operation was planned for */
  of(text: string, schema: GraphQLSchema): FetchedOperation {
    let operations = this.bySchema.get(schema);
    if (!operations) this.bySchema.set(schema, (operations = new LRUCache({ max: MAX_OPERATIONS })));
    let operation = operations.get(text);
    if (!operation) {
      const document = parse(text, { noLocation: true });
      operation = { shape: new ResultShape(document, schema), deadlineMs: deadlineOf(document, schema) };
      operations.set(text, operation);
    }
    return operation;
  }
}

/** The shortest deadline of the mutations in a document. */
function deadlineOf({ definitions }: DocumentNode, schema: GraphQLSchema): number | null {
  let shortest: number | null = null;
  for (const node of definitions) {
    if (node.kind !== Kind.OPERATION_DEFINITION || node.operation !== OperationTypeNode.MUTATION) continue;
    for (const field of node.selectionSet.selections) {
      const ms = field.kind === Kind.FIELD ? rulesOf(schema, field.name.value)?.deadlineMs : null;
      if (typeof ms === 'number') shortest = Math.min(shortest ?? ms, ms);
    }
  }
  return shortest;
}
