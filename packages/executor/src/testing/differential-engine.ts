import { operationFromDocument, Supergraph } from '@apollo/federation-internals';
import { QueryPlanner, type QueryPlan } from '@apollo/query-planner';
import type { Engine, RunningSubgraph } from '@supergraph/tools/differential/engine';
import {
  execute,
  getOperationAST,
  OperationTypeNode,
  parse,
  type DocumentNode,
  type ExecutionResult,
} from 'graphql';
import { Conditions } from '../conditions.js';
import { withDecidedConditions } from '../document/decided-conditions.js';
import { ExecutableSchema } from '../executable-schema.js';
import type { Fetcher } from '../fetching/fetch.js';
import { PlanCorrections } from '../plan-corrections/plan-corrections.js';
import { compile } from '../program.js';

/** The first run interprets a program, the second compiles it, and the third runs compiled code that has run before. */
const RUNS = 3;
/** Operations that the planner can plan in more ways are not compared: it could take minutes. */
const MAX_WAYS = 1_000;
const UNCHECKED = { supportedFeatures: null, validateSupergraph: false };

/** Executes operations with programs, and asks the subgraphs without HTTP. */
export async function startExecutor(
  supergraphSdl: string,
  subgraphs: readonly RunningSubgraph[],
): Promise<Engine> {
  const api = Supergraph.build(supergraphSdl, UNCHECKED).apiSchema().toGraphQLJSSchema();
  const corrections = PlanCorrections.of(supergraphSdl, api);
  const supergraph = Supergraph.build(corrections.supergraphSdl, UNCHECKED);
  const planner = new QueryPlanner(supergraph, { debug: { pathsLimit: MAX_WAYS } });
  const schema = new ExecutableSchema(api, supergraph.schema.toGraphQLJSSchema(), corrections.supergraphSdl);
  const schemas = new Map(subgraphs.map((subgraph) => [subgraph.name, subgraph.schema]));
  const fetch: Fetcher<undefined> = async ({ subgraph, operation }, request, _, check) => {
    const { variables } = JSON.parse(request) as { variables?: Record<string, unknown> };
    const result = await execute({
      schema: schemas.get(subgraph)!,
      document: parse(operation),
      variableValues: variables,
    });
    return check(JSON.parse(JSON.stringify(result)));
  };
  return {
    async execute(document: DocumentNode, variables): Promise<readonly ExecutionResult[]> {
      const node = getOperationAST(document)!;
      const isMutation = node.operation === OperationTypeNode.MUTATION;
      const values = isMutation ? new Conditions(document, node).valuesOf(variables) : {};
      const decided = withDecidedConditions(document, values);
      const internal = schema.internalDocument(decided);
      const plan = unlessTooLarge(() =>
        corrections.plan(internal, undefined, (planned, hasHiddenFields) => {
          const planSchema = hasHiddenFields ? supergraph.schema : supergraph.apiSchema();
          return planner.buildQueryPlan(operationFromDocument(planSchema, planned));
        }),
      );
      if (!plan) return [];
      const program = compile(plan, decided, undefined, schema);
      const results: ExecutionResult[] = [];
      for (let run = 0; run < RUNS; run++)
        results.push(await program.run({ variables, context: undefined, fetch }));
      return results;
    },
  };
}

/** @returns null for operations that are rejected because planning would take too long */
function unlessTooLarge(plan: () => QueryPlan): QueryPlan | null {
  try {
    return plan();
  } catch (error) {
    if (/^Too many options generated|added selections/.test((error as Error).message)) return null;
    throw error;
  }
}
