import { ANONYMOUS } from '@kit/auth';
import { pino } from 'pino';
import { openSubgraphs } from '../../operation/authorization/testing/open-subgraphs.js';
import { systemClock } from '../../request/clock.js';
import { Operations } from '../../subscriptions/operations.js';
import { SubscriptionFigures } from '../../telemetry/figures.js';
import { ScriptedUpstream } from '../../subscriptions/rooms/testing/scripted-upstream.js';
import type { Upstream } from '../../subgraphs/upstream.js';
import { OperationRules } from '../../operation/operation-rules.js';
import type { CircuitBreaker } from '../../subgraphs/circuit-breaker.js';
import type { SubgraphClient } from '../../subgraphs/subgraph-client.js';
import { SubgraphDataSource } from '../../subgraphs/subgraph-data-source.js';
import { SubgraphGuard } from '../../subgraphs/subgraph-guard.js';
import { OperationPipeline } from '../operation-pipeline.js';
import { SupergraphGateway } from '../supergraph-gateway.js';

const ada = { __typename: 'Person', id: 'p1', name: 'Ada', email: 'ada@example.com', tags: ['a', 'b'] };
const bob = {
  __typename: 'Person',
  id: 'p2',
  name: 'Bob',
  email: 'bob@example.com',
  tags: [],
  friends: [ada],
};
Object.assign(ada, { friends: [bob] });
const order = { id: 'o1', lines: [[1, 2], [3]], buyer: ada };

const SUBGRAPHS = {
  people: {
    typeDefs: `
      type Query { me: Person, everyone: [Person!], things: [Thing] }
      type Person @key(fields: "id") { id: ID!, name: String!, email: String, tags: [String!]!, friends: [Person!]! }
      type Place { title: String! }
      union Thing = Person | Place`,
    resolvers: {
      Query: {
        me: () => ada,
        everyone: () => [ada, bob],
        things: () => [bob, { __typename: 'Place', title: 'Paris' }, null],
      },
      Person: { __resolveReference: ({ id }: { id: string }) => [ada, bob].find((each) => each.id === id) },
    },
  },
  orders: {
    typeDefs: `
      type Query { orders: Orders }
      type Orders { nodes: [Order!]!, total: Int! }
      type Order { id: ID!, lines: [[Int!]!]!, buyer: Person }
      type Person @key(fields: "id") { id: ID!, bought: [Order!] }
      type Subscription { ordered(after: String, bookmarks: Boolean = false): Ordered! }
      type Ordered { cursor: String!, order: Order }`,
    resolvers: {
      Query: { orders: () => ({ nodes: [order, order], total: 2 }) },
      Person: {
        __resolveReference: ({ id }: { id: string }) => ({ id }),
        bought: ({ id }: { id: string }) => (id === ada.id ? [order] : null),
      },
    },
  },
};

/** A gateway with working subgraphs whose responses a test can alter. */
export class AlteringSubgraphs {
  private readonly lines: string[] = [];
  private readonly logger = pino({ level: 'debug' }, { write: (line) => void this.lines.push(line) });
  readonly upstream = new ScriptedUpstream();
  /** Alters a response. `number` is its index in the operation. */
  alter = (response: unknown, _number: number): unknown => response;
  /** Number of fetches that the circuit breakers counted as failed. */
  failed = 0;
  private responses = 0;
  private readonly pipeline: OperationPipeline;
  readonly operations: Operations;

  constructor() {
    const { respond, supergraphSdl } = openSubgraphs(SUBGRAPHS);
    const breaker = {
      admit: () => 'call',
      succeeded: () => {},
      ignored: () => {},
      failed: () => (this.failed += 1),
    } as unknown as CircuitBreaker;
    const source = (name: string) => {
      const post = async (request: string) => ({
        status: 200,
        body: this.alter(await respond[name]!(request), this.responses++),
      });
      const client = { post } as unknown as SubgraphClient;
      const guard = new SubgraphGuard(60_000, breaker, systemClock);
      return new SubgraphDataSource(name, client, guard, 60_000, systemClock, this.logger);
    };
    const gateway = new SupergraphGateway({
      supergraphSdl,
      dataSourceOf: source,
      logger: this.logger,
    });
    const settings = { production: false, cost: 5_000, persistedOperations: null };
    const rules = new OperationRules(settings, this.logger);
    const { formatError } = rules;
    this.pipeline = new OperationPipeline(gateway, rules, this.logger);
    const upstreams = new Map([['orders', this.upstream as unknown as Upstream]]);
    this.operations = new Operations({
      pipeline: this.pipeline,
      gateway,
      upstreams,
      formatError,
      retryWindowMs: 1_000,
      figures: new SubscriptionFigures(),
      logger: this.logger,
    });
  }

  start(): Promise<void> {
    return this.pipeline.server.start();
  }

  stop(): Promise<void> {
    return this.pipeline.server.stop();
  }

  /** Runs an operation, and resets the log and the counts first. */
  async run(query: string) {
    this.responses = this.failed = this.lines.length = 0;
    const result = await this.operations.run({ query }, { identity: ANONYMOUS, requestId: 'r' });
    return { result, responses: this.responses };
  }

  get log(): string {
    return this.lines.join('');
  }
}
