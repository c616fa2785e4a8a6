import { composeServices } from '@apollo/composition';
import { operationFromDocument, Supergraph } from '@apollo/federation-internals';
import { prettyFormatQueryPlan, QueryPlanner, type QueryPlan } from '@apollo/query-planner';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { expect } from '@jest/globals';
import {
  execute,
  parse,
  validate,
  type DocumentNode,
  type ExecutionResult,
  type GraphQLSchema,
} from 'graphql';
import { ExecutableSchema } from '../executable-schema.js';
import type { Fetcher } from '../fetching/fetch.js';
import { PlanCorrections } from '../plan-corrections/plan-corrections.js';
import { compile, type Program } from '../program.js';

type Resolvers = NonNullable<Exclude<Parameters<typeof buildSubgraphSchema>[0], readonly unknown[]>>;

export interface LocalSubgraph {
  readonly typeDefs: string;
  readonly resolvers: object;
}

/** A request to a subgraph. */
interface SentRequest {
  readonly subgraph: string;
  readonly query: string;
  readonly variables: Record<string, unknown>;
}

const LINK = `extend schema @link(
  url: "https://specs.apollo.dev/federation/v2.9"
  import: [
    "@key", "@shareable", "@external", "@requires", "@provides", "@override", "@interfaceObject", "@inaccessible"
  ]
)`;

/** A supergraph whose subgraphs run in this process. */
export class LocalSupergraph {
  /** The requests to all subgraphs, in order. */
  readonly requests: SentRequest[] = [];
  readonly schema: ExecutableSchema;
  readonly planner: QueryPlanner;
  readonly corrections: PlanCorrections;
  /** Replaces the responses of subgraphs. */
  respond: (request: SentRequest, result: () => Promise<unknown>) => Promise<unknown> = (_, result) =>
    result();
  private readonly subgraphs: ReadonlyMap<string, GraphQLSchema>;
  private readonly uncorrected: QueryPlanner;

  constructor(subgraphs: Readonly<Record<string, LocalSubgraph>>) {
    const parsed = Object.entries(subgraphs).map(([name, { typeDefs, resolvers }]) => ({
      name,
      typeDefs: parse(`${LINK} ${typeDefs}`),
      resolvers,
    }));
    const { supergraphSdl, errors } = composeServices(
      parsed.map(({ name, typeDefs }) => ({ name, url: `http://${name}`, typeDefs })),
    );
    if (!supergraphSdl) throw new Error(String(errors));
    this.subgraphs = new Map(
      parsed.map(({ name, typeDefs, resolvers }) => [
        name,
        buildSubgraphSchema([{ typeDefs, resolvers }] as unknown as Resolvers),
      ]),
    );
    this.uncorrected = new QueryPlanner(Supergraph.build(supergraphSdl));
    const api = this.uncorrected.supergraph.apiSchema().toGraphQLJSSchema();
    this.corrections = PlanCorrections.of(supergraphSdl, api);
    const corrected = this.corrections.supergraphSdl;
    const supergraph = Supergraph.build(corrected, { validateSupergraph: false });
    this.planner = new QueryPlanner(supergraph);
    this.schema = new ExecutableSchema(api, supergraph.schema.toGraphQLJSSchema(), corrected);
  }

  plan(query: string): QueryPlan {
    const document = this.schema.internalDocument(parse(query));
    return this.corrections.plan(document, undefined, (...planned) => planWith(this.planner, ...planned));
  }

  /** The plan of the planner alone, as text on one line. */
  uncorrectedPlan(query: string): string {
    const document = this.schema.internalDocument(parse(query));
    return prettyFormatQueryPlan(planWith(this.uncorrected, document)).replaceAll(/\s+/g, ' ');
  }

  program(query: string): Program {
    const document = parse(query);
    expect(validate(this.schema.api, document)).toEqual([]);
    return compile(this.plan(query), document, undefined, this.schema);
  }

  /** Runs a query interpreted and compiled, and returns the result, which must be the same. */
  async run(query: string, variables: Record<string, unknown> = {}) {
    const program = this.program(query);
    const results: unknown[] = [];
    for (let n = 0; n < 3; n += 1) {
      this.requests.length = 0;
      const result = await program.run({ variables, context: null, fetch: this.fetch });
      results.push(JSON.parse(JSON.stringify(result)));
    }
    expect(results[1]).toEqual(results[0]);
    expect(JSON.stringify(results[2])).toBe(JSON.stringify(results[0]));
    return results[0] as ExecutionResult<Record<string, unknown>>;
  }

  readonly fetch: Fetcher<unknown> = async ({ subgraph }, body, _, check) => {
    const { query, variables } = JSON.parse(body) as Partial<SentRequest>;
    const request: SentRequest = { subgraph, query: query!, variables: variables ?? {} };
    this.requests.push(request);
    return check(await this.respond(request, () => this.execute(request)));
  };

  private async execute({ subgraph, query, variables }: SentRequest): Promise<unknown> {
    const schema = this.subgraphs.get(subgraph)!;
    const document = parse(query);
    const [error] = validate(schema, document);
    if (error) throw error;
    const result = await execute({ schema, document, variableValues: variables });
    return JSON.parse(JSON.stringify(result)) as unknown;
  }
}

function planWith(planner: QueryPlanner, document: DocumentNode, hasHiddenFields = false): QueryPlan {
  const { supergraph } = planner;
  const schema = hasHiddenFields ? supergraph.schema : supergraph.apiSchema();
  return planner.buildQueryPlan(operationFromDocument(schema, document));
}
