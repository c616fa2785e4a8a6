import { executeSync, type ExecutionResult, type GraphQLSchema, type OperationDefinitionNode } from 'graphql';
import { collectFields } from 'graphql/execution/collectFields.js';
import type { ExecutorRequest } from '../request/executor-request.js';
import { fragmentsOf, partOf, rootFieldsOf, type Part } from '../operation/operation-part.js';

type Data = Record<string, unknown>;
type Result = ExecutionResult<Data>;

/** The introspection fields and the data fields of an operation; null for an empty part. */
interface Parts {
  readonly introspection: Part | null;
  readonly data: Part | null;
}

const INTROSPECTION_FIELDS: ReadonlySet<string> = new Set(['__schema', '__type']);

/**
 * Executes introspection fields with graphql-js. Apollo's planner has an older introspection schema, without fields
 * such as `isOneOf`, so it gets only the fields that need a plan.
 */
export class Introspection {
  private readonly parts = new WeakMap<OperationDefinitionNode, Parts>();

  /** @param schema the API schema */
  constructor(private readonly schema: GraphQLSchema) {}

  /** The part of a request that needs a plan; null when all its fields are introspection. */
  planned(request: ExecutorRequest): ExecutorRequest | null {
    const { data } = this.partsOf(request);
    if (data === null || data.document === request.document) return data && request;
    return { ...request, ...data };
  }

  /** @param execute runs the part that needs a plan; not called when there is none */
  async execute(
    request: ExecutorRequest,
    execute: (planned: ExecutorRequest) => Promise<Result>,
  ): Promise<Result> {
    const { introspection } = this.partsOf(request);
    const planned = this.planned(request);
    const fetched = planned ? await execute(planned) : null;
    if (introspection === null) return fetched ?? { data: {} };
    const variableValues = request.request.variables ?? {};
    const introspected: Result = executeSync({
      schema: this.schema,
      document: introspection.document,
      variableValues,
    });
    return fetched ? this.merge(request, introspected, fetched) : introspected;
  }

  /** Merges both results in the order of the operation's fields. */
  private merge(
    { operation, document, request }: ExecutorRequest,
    introspected: Result,
    fetched: Result,
  ): Result {
    const errors = [...(fetched.errors ?? []), ...(introspected.errors ?? [])];
    const merged = { ...fetched, ...(errors.length > 0 && { errors }) };
    if (!introspected.data || !fetched.data) return { ...merged, data: null };
    const root = this.schema.getRootType(operation.operation)!;
    const variables = request.variables ?? {};
    const fields = collectFields(this.schema, fragmentsOf(document), variables, root, operation.selectionSet);
    const data: Data = Object.create(null);
    for (const key of fields.keys())
      data[key] = (Object.hasOwn(introspected.data, key) ? introspected : fetched).data![key];
    return { ...merged, data };
  }

  private partsOf({ document, operation }: ExecutorRequest): Parts {
    // Kept for as long as the operation.
    let parts = this.parts.get(operation);
    if (!parts) {
      const isMixed = rootFieldsOf(document, operation).some((name) => INTROSPECTION_FIELDS.has(name));
      const half = (introspection: boolean) =>
        partOf(document, operation, (name) => INTROSPECTION_FIELDS.has(name) === introspection);
      parts = isMixed
        ? { introspection: half(true), data: half(false) }
        : { introspection: null, data: partOf(document, operation) };
      this.parts.set(operation, parts);
    }
    return parts;
  }
}
