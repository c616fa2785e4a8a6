import {
  ERRORS,
  operationFromDocument,
  Supergraph,
  type Operation,
  type Schema,
  type Subgraph,
} from '@apollo/federation-internals';
import { QueryPlanner, type QueryPlan, type QueryPlannerConfig } from '@apollo/query-planner';
import { ExecutableSchema, PlanCorrections } from '@kit/executor';
import { GraphQLError, type DocumentNode, type GraphQLSchema } from 'graphql';
import { LimitExceeded } from '../operation/limits/limit-exceeded.js';
import { LIMITS } from '../operation/limits/limits.js';
import { exposeComposedDirectives } from './composed-directives.js';

/** The settings of all planners. */
export const PLANNER_CONFIG: QueryPlannerConfig = { debug: { pathsLimit: LIMITS.plans } };

/** Plans the operations of one supergraph, and corrects the plans. */
export class OperationPlanner {
  readonly executable: ExecutableSchema;
  private readonly planner: QueryPlanner;
  private readonly api: Schema;
  private readonly corrections: PlanCorrections;

  /**
   * @param supergraphSdl a supergraph that Apollo's gateway has loaded
   * @param loaded its planner
   * @param schema what clients see of it
   */
  constructor(supergraphSdl: string, loaded: QueryPlanner, schema: GraphQLSchema) {
    this.corrections = PlanCorrections.of(supergraphSdl, schema);
    const planned = this.corrections.supergraphSdl;
    this.planner = planned === supergraphSdl ? loaded : newPlanner(planned);
    const { supergraph } = this.planner;
    this.api = supergraph.apiSchema();
    this.executable = new ExecutableSchema(schema, supergraph.schema.toGraphQLJSSchema(), planned);
  }

  subgraph(name: string): Subgraph {
    return this.planner.supergraph.subgraphs().get(name)!;
  }

  /**
   * The plan of an operation, with the response keys of the executor's internal document.
   * @param document the client's
   * @throws GraphQLError when no subgraph can resolve the operation, a value in it is invalid, or there are too many plans
   */
  plan(document: DocumentNode, operationName: string | undefined): QueryPlan {
    const internal = this.executable.internalDocument(document);
    const plan = this.corrections.plan(internal, operationName, (planned, hasHiddenFields) => {
      const schema = hasHiddenFields ? this.planner.supergraph.schema : this.api;
      return buildPlan(this.planner, operationOf(schema, planned, operationName));
    });
    const unplanned = this.corrections.unplannedField(plan, internal, operationName);
    if (unplanned !== undefined) throw unresolvable(unplanned);
    return plan;
  }
}

function buildPlan(planner: QueryPlanner, operation: Operation): QueryPlan {
  try {
    return planner.buildQueryPlan(operation);
  } catch (error) {
    if ((error as Error).message.startsWith('Too many options generated'))
      throw new LimitExceeded('plans', LIMITS.plans + 1, LIMITS.plans);
    throw error;
  }
}

function operationOf(schema: Schema, document: DocumentNode, operationName: string | undefined): Operation {
  try {
    return operationFromDocument(schema, document, { operationName });
  } catch (error) {
    // GraphQL's validation accepts numbers such as 1e400, which are too large for a value.
    if (error instanceof GraphQLError && error.extensions['code'] === ERRORS.INVALID_GRAPHQL.code)
      throw rejection(error.message);
    throw error;
  }
}

function unresolvable(field: string): GraphQLError {
  return rejection(`No subgraph can resolve ${field} with these fields.`);
}

function rejection(message: string): GraphQLError {
  return new GraphQLError(message, {
    extensions: { code: 'GRAPHQL_VALIDATION_FAILED', http: { status: 400 } },
  });
}

/** The supergraph is not validated, because the corrections leave external fields without a use. */
function newPlanner(supergraphSdl: string): QueryPlanner {
  const supergraph = Supergraph.build(supergraphSdl, { validateSupergraph: false });
  exposeComposedDirectives(supergraph);
  return new QueryPlanner(supergraph, PLANNER_CONFIG);
}
