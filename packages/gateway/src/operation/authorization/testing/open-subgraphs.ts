import { composeServices } from '@apollo/composition';
import { buildSubgraphSchema } from '@apollo/subgraph';
import {
  execute,
  parse,
  validate,
  type DocumentNode,
  type ExecutionResult,
  type GraphQLSchema,
} from 'graphql';
import type { DataSource } from '../../../subgraphs/subgraph-data-source.js';

type Resolvers = NonNullable<Exclude<Parameters<typeof buildSubgraphSchema>[0], readonly unknown[]>>;

export interface OpenSubgraph {
  readonly typeDefs: string;
  /** Resolvers without authorization. */
  readonly resolvers: object;
}

const LINK = `extend schema @link(
  url: "https://specs.apollo.dev/federation/v2.9"
  import: [
    "@key", "@shareable", "@external", "@requires", "@provides", "@override", "@interfaceObject", "@tag"
    "@inaccessible", "@authenticated", "@requiresScopes", "@policy", "@context", "@fromContext"
  ]
)`;

/** Creates subgraphs that check nothing, so that only the gateway can hide data. */
export function openSubgraphs(subgraphs: Readonly<Record<string, OpenSubgraph>>) {
  /** The requests to all subgraphs, in order. */
  const requests: string[] = [];
  const dataSources: Record<string, DataSource> = {};
  /** Executes the JSON body of a request, and returns the body of the response. */
  const respond: Record<string, (body: string) => Promise<unknown>> = {};
  for (const [name, { typeDefs, resolvers }] of Object.entries(subgraphs)) {
    const document = parse(`${LINK} ${typeDefs}`);
    const schema = buildSubgraphSchema([{ typeDefs: document, resolvers }] as unknown as Resolvers);
    const documents = new Map<string, DocumentNode>();
    const result = async (query: string, variables: Record<string, unknown>): Promise<ExecutionResult> => {
      requests.push(`${name}: ${query}`);
      // Parsing and validation take longer than execution.
      const parsed = documents.get(query) ?? parseValid(query, schema);
      documents.set(query, parsed);
      return execute({ schema, document: parsed, variableValues: variables });
    };
    respond[name] = async (body) => {
      const { query, variables = {} } = JSON.parse(body) as { query: string; variables?: object };
      return JSON.parse(JSON.stringify(await result(query, variables as Record<string, unknown>))) as unknown;
    };
    dataSources[name] = { send: async ({ body, check }) => check(await respond[name]!(body)) };
  }
  return { requests, dataSources, respond, supergraphSdl: supergraphSdlOf(subgraphs) };
}

export function supergraphSdlOf(subgraphs: Readonly<Record<string, Pick<OpenSubgraph, 'typeDefs'>>>): string {
  const { supergraphSdl, errors } = composeServices(
    Object.entries(subgraphs).map(([name, { typeDefs }]) => ({
      name,
      url: `http://${name}`,
      typeDefs: parse(`${LINK} ${typeDefs}`),
    })),
  );
  if (!supergraphSdl) throw new Error(String(errors));
  return supergraphSdl;
}

function parseValid(query: string, schema: GraphQLSchema): DocumentNode {
  const document = parse(query);
  const [error] = validate(schema, document);
  if (error) throw error;
  return document;
}
