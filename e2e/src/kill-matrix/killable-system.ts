import { freePort } from '@supergraph/tools/free-port';
import { randomSecrets } from '@supergraph/tools/secrets';
import { describeServices, type ServiceDescription } from '@supergraph/tools/services';
import { createTestDatabase, type TestDatabase } from '@supergraph/tools/test-postgres/database';
import { alternating } from '../harness/alternating.js';
import { Balancer } from '../harness/balancer.js';
import { LastingSession } from '../harness/lasting-session.js';
import { SupergraphCopy } from '../harness/supergraph-file.js';
import { Random } from './random.js';
import { KillableService } from './killable-service.js';
import { watchersOf, writersOf } from './people.js';
import { KillablePostgres } from './postgres.js';
import type { Watcher } from './watcher.js';
import type { Writer } from './writer.js';

/** So short that tokens expire, and connections with them, while parts are killed. */
const TOKEN_SECONDS = 30;
const SUPERGRAPH_POLL_MS = '200';

/**
 * Two gateways before two replicas of email-subscriptions, with one address over one Postgres, and users; and people
 * who write and watch through either gateway.
 */
export class KillableSystem {
  sessions: readonly LastingSession[] = [];
  watchers: readonly Watcher[] = [];
  writers: readonly Writer[] = [];

  private constructor(
    readonly gateways: readonly KillableService[],
    readonly replicas: readonly KillableService[],
    readonly users: KillableService,
    readonly postgres: KillablePostgres,
    readonly balancer: Balancer,
    readonly supergraph: SupergraphCopy,
    private readonly usersDatabase: TestDatabase,
  ) {}

  /** Makes the parts, which start. */
  static async create(): Promise<KillableSystem> {
    const secrets = randomSecrets();
    const postgres = await KillablePostgres.start(secrets.emailSubscriptionsDatabasePassword);
    const usersDatabase = await createTestDatabase('users');
    const supergraph = await SupergraphCopy.make();
    const [usersPort, ...ports] = await Promise.all(Array.from({ length: 5 }, freePort));
    const [gatewayPorts, replicaPorts] = [ports.slice(0, 2), ports.slice(2)];
    const balancer = await Balancer.start(replicaPorts);
    const describe = (index: number) =>
      describeServices({
        ports: { users: usersPort!, gateway: gatewayPorts[index]!, emailSubscriptions: replicaPorts[index]! },
        databaseUrls: { users: usersDatabase.url, emailSubscriptions: postgres.databaseUrl },
        subgraphUrls: { emailSubscriptions: balancer.origin },
        secrets,
        nodeEnv: 'test',
        logLevel: 'info',
      });
    const [one, other] = [describe(0), describe(1)];
    const start = (name: string, service: ServiceDescription, environment = {}) =>
      new KillableService(name, { ...service, environment: { ...service.environment, ...environment } });
    return new KillableSystem(
      [one, other].map(({ gateway }, index) =>
        start(`gateway ${index}`, gateway, { SUPERGRAPH_FILE: supergraph.file, SUPERGRAPH_POLL_MS }),
      ),
      [one, other].map(({ emailSubscriptions }, index) => start(`replica ${index}`, emailSubscriptions)),
      start('users', one.users, { ACCESS_TOKEN_SECONDS: String(TOKEN_SECONDS) }),
      postgres,
      balancer,
      supergraph,
      usersDatabase,
    );
  }

  get services(): readonly KillableService[] {
    return [...this.gateways, ...this.replicas, this.users];
  }

  /** Has everybody watch before anybody writes. What random choices they make, the seed says. */
  async start(seed: number): Promise<void> {
    await Promise.all(this.services.map((service) => service.ready()));
    const urls = this.gateways.map(({ url }) => url);
    this.sessions = await Promise.all(
      ['Ada', 'Bob'].map((displayName) =>
        LastingSession.open({ url: alternating(urls), displayName, tokenSeconds: TOKEN_SECONDS }),
      ),
    );
    const random = new Random(seed);
    this.watchers = watchersOf(this.sessions, urls);
    this.writers = writersOf(this.sessions, urls, random);
    await Promise.all(this.watchers.map((watcher) => watcher.start()));
    for (const writer of this.writers) writer.start();
  }

  async stopWriting(): Promise<void> {
    await Promise.all(this.writers.map((writer) => writer.stop()));
  }

  /** Ends all parts and deletes the data. May be called at any time. */
  async remove(): Promise<void> {
    await this.stopWriting();
    await Promise.all(this.watchers.map((watcher) => watcher.stop()));
    for (const session of this.sessions) session.close();
    await Promise.all(this.gateways.map((gateway) => gateway.stop()));
    await Promise.all(this.services.map((service) => service.stop()));
    await this.balancer.close();
    await this.supergraph.remove();
    await this.postgres.remove();
    await this.usersDatabase.drop();
  }
}
