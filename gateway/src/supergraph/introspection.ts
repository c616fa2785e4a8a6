import { executeSync, type ExecutionResult, type GraphQLSchema, type OperationDefinitionNode } from 'graphql';
import { collectFields } from 'graphql/execution/collectFields.js';
import type { ExecutorRequest } from '../subscriptions/plan/plan.js';
import { fragmentsOf, partOf, rootFieldsOf, type Part } from './operation-part.js';

type Data = Record<string, unknown>;
type Result = ExecutionResult<Data>;

/** The part of an operation that asks for the schema, and the part that asks for data; null for an empty part. */
interface Halves {
  readonly ofSchema: Part | null;
  readonly ofSubgraphs: Part | null;
}

const ASKS_FOR_SCHEMA: ReadonlySet<string> = new Set(['__schema', '__type']);

/**
 * Answers introspection from the schema itself. Apollo's planner reads a whole document by an introspection schema of
 * its own, which is older than that of graphql-js and lacks fields such as `isOneOf`. So it gets only the part that
 * needs a plan.
 */
export class Introspection {
  private readonly halves = new WeakMap<OperationDefinitionNode, Halves>();

  /** @param schema what clients see */
  constructor(private readonly schema: GraphQLSchema) {}

  /** The part of a request that needs a plan; null when it asks for the schema alone. */
  planned(request: ExecutorRequest): ExecutorRequest | null {
    const { ofSubgraphs } = this.halvesOf(request);
    if (ofSubgraphs === null || ofSubgraphs.document === request.document) return ofSubgraphs && request;
    // Apollo keeps plans by the hash.
    return { ...request, ...ofSubgraphs, queryHash: `${request.queryHash} planned` };
  }

  /** @param execute runs the part that needs a plan; it is not called when there is none */
  async answer(
    request: ExecutorRequest,
    execute: (planned: ExecutorRequest) => Promise<Result>,
  ): Promise<Result> {
    const { ofSchema } = this.halvesOf(request);
    const planned = this.planned(request);
    const answered = planned ? await execute(planned) : null;
    if (ofSchema === null) return answered ?? { data: {} };
    const variableValues = request.request.variables ?? {};
    const told: Result = executeSync({ schema: this.schema, document: ofSchema.document, variableValues });
    return answered ? this.together(request, told, answered) : told;
  }

  /** In the order of the operation. */
  private together(
    { operation, document, request }: ExecutorRequest,
    told: Result,
    answered: Result,
  ): Result {
    const errors = [...(answered.errors ?? []), ...(told.errors ?? [])];
    const both = { ...answered, ...(errors.length > 0 && { errors }) };
    if (!told.data || !answered.data) return { ...both, data: null };
    const root = this.schema.getRootType(operation.operation)!;
    const variables = request.variables ?? {};
    const fields = collectFields(this.schema, fragmentsOf(document), variables, root, operation.selectionSet);
    const data: Data = Object.create(null);
    for (const key of fields.keys()) data[key] = (Object.hasOwn(told.data, key) ? told : answered).data![key];
    return { ...both, data };
  }

  private halvesOf({ document, operation }: ExecutorRequest): Halves {
    // Apollo Server keeps documents, so the same operation is the same node.
    let halves = this.halves.get(operation);
    if (!halves) {
      const isMixed = rootFieldsOf(document, operation).some((name) => ASKS_FOR_SCHEMA.has(name));
      const half = (ofSchema: boolean) =>
        partOf(document, operation, (name) => ASKS_FOR_SCHEMA.has(name) === ofSchema);
      halves = isMixed
        ? { ofSchema: half(true), ofSubgraphs: half(false) }
        : { ofSchema: null, ofSubgraphs: partOf(document, operation) };
      this.halves.set(operation, halves);
    }
    return halves;
  }
}
