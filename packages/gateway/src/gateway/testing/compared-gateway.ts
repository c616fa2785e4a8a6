import { composeServices } from '@apollo/composition';
import { afterAll, beforeAll, expect } from '@jest/globals';
import { parse } from 'graphql';
import { pino } from 'pino';
import type { GatewayRoute } from '../../http/route.js';
import { FakeServer } from '../../identity/testing/fake-server.js';
import { bearer, issuersKey, PARTIES, published } from '../../identity/testing/issued.js';
import type { Received, Sent } from './sent-operations.js';
import { ServedGateway } from './served-gateway.js';
import { ServedSubgraph } from './served-subgraph.js';

const LINK = `extend schema
  @link(url: "https://specs.apollo.dev/federation/v2.9",
    import: ["@key", "@authenticated", "@requiresScopes", "@listSize", "@shareable"])`;
const SHOP = `${LINK}
  type Query {
    greeting(name: String!, loud: Boolean = false): String
    orders(first: Int!): [Order!] @listSize(slicingArguments: ["first"])
    secret: String @requiresScopes(scopes: [["vault"]])
    mine: String @authenticated
    broken: String
    must: Order
    nothing: String
  }
  type Order { id: ID! total: Int! }
  type Mutation { rename(to: Name): String }
  input Name { first: String! }
  type Subscription { ticks: Int }`;
const DOWN = `${LINK} type Query { weather: String }`;

const resolvers = {
  Query: {
    greeting: (_: unknown, { name }: { name: string }) => `Hello ${name}`,
    orders: (_: unknown, { first }: { first: number }) =>
      Array.from({ length: Math.min(first, 3) }, (_each, id) => ({ id, total: id })),
    secret: () => 'x',
    mine: () => 'y',
    broken: () => {
      throw new Error('internal detail');
    },
    must: () => ({ id: '1', total: null }),
  },
  Mutation: { rename: () => 'done' },
};

const key = issuersKey();
/** The headers of a caller with a valid token. */
export const clerk = { authorization: bearer(key) };
const lines: string[] = [];
const logger = pino({ base: null, timestamp: false }, { write: (line: string) => void lines.push(line) });
/** The route of a mutation, which its method decides about. */
const rename = (method: 'GET' | 'PUT'): GatewayRoute => ({
  method,
  path: '/rename',
  handle: (request, _reply, gateway) => gateway.execute('mutation Rename { rename }', {}, request),
});

/** A gateway to a subgraph that responds and one that does not, for the tests of one `describe`. */
export class ComparedGateway {
  private issuer?: FakeServer;
  private shop?: ServedSubgraph;
  private gateway!: ServedGateway;

  constructor(private readonly options: { production: boolean; persistedOperations?: string }) {
    beforeAll(() => this.start());
    afterAll(() => this.stop());
  }

  get url(): string {
    return this.gateway.url;
  }

  /**
   * Sends the same request several times, and expects that the outcomes are the same.
   * @returns how many found their document prepared
   */
  async compare(send: () => Promise<Received>): Promise<number> {
    const before = this.gateway.preparedHits;
    const first = await outcome(send());
    for (let n = 0; n < 3; n += 1) expect(await outcome(send())).toEqual(first);
    return this.gateway.preparedHits - before;
  }

  private async start(): Promise<void> {
    this.issuer = await FakeServer.start();
    this.issuer.answer = () => published(key);
    this.shop = await ServedSubgraph.start(SHOP, resolvers);
    const down = await ServedSubgraph.start(DOWN, {});
    const { supergraphSdl } = composeServices([
      { name: 'shop', url: this.shop.url, typeDefs: parse(SHOP) },
      { name: 'down', url: down.url, typeDefs: parse(DOWN) },
    ]);
    await down.stop();
    this.gateway = await ServedGateway.start(supergraphSdl!, {
      logger,
      identity: { jwksUrl: `${this.issuer.origin}/jwks`, ...PARTIES },
      routes: [rename('GET'), rename('PUT')],
      limits: { cost: 100 },
      ...this.options,
    });
  }

  private async stop(): Promise<void> {
    await this.gateway?.stop();
    await this.shop?.stop();
    await this.issuer?.stop();
  }
}

/** The response to a client, and the log. The log has no ids of requests, and no times. */
async function outcome(response: Promise<Received>): Promise<{ response: Received; log: string[] }> {
  lines.length = 0;
  const received = await response;
  const log = lines.map((line) => line.replace(/"requestId":"[^"]+"/, '').replace(/"ms":[\d.]+/, ''));
  return { response: received, log };
}

let documents = 0;
/** The same with a text that no gateway has seen. */
export function unseen(sent: Sent): Sent {
  if (typeof sent.query !== 'string') return sent;
  documents += 1;
  return { ...sent, query: `${sent.query} # ${documents}` };
}
