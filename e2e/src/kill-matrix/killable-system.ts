import { freePort } from '@supergraph/tools/free-port';
import { randomSecrets } from '@supergraph/tools/secrets';
import { describeServices, type ServiceDescription } from '@supergraph/tools/services';
import { createTestDatabase, type TestDatabase } from '@supergraph/tools/test-postgres/database';
import { KillablePostgres } from '@supergraph/tools/test-postgres/killable';
import { alternating } from '../harness/alternating.js';
import { Balancer } from '../harness/balancer.js';
import { logIn, newPerson, type Person } from '../harness/people.js';
import { SupergraphCopy } from '../harness/supergraph-file.js';
import { KillableService } from './killable-service.js';
import { Random } from './random.js';
import { Watcher, type WatcherOptions } from './watcher.js';
import { Writer } from './writer.js';

/** So short that tokens expire, and connections with them, during the run. */
const TOKEN_SECONDS = 30;
const RENEWAL_MS = (TOKEN_SECONDS * 1_000) / 6;
const SUPERGRAPH_POLL_MS = '200';
const WRITERS = 4;

/** A user whose `accessToken` is renewed by logins before it expires. */
interface RenewedUser extends Person {
  close(): void;
}

/**
 * Two gateways, two replicas of email-subscriptions behind one address with one Postgres, and users; plus writers and
 * watchers that use both gateways.
 */
export class KillableSystem {
  users: readonly RenewedUser[] = [];
  watchers: readonly Watcher[] = [];
  writers: readonly Writer[] = [];

  private constructor(
    readonly gateways: readonly KillableService[],
    readonly replicas: readonly KillableService[],
    readonly usersService: KillableService,
    readonly postgres: KillablePostgres,
    readonly balancer: Balancer,
    readonly supergraph: SupergraphCopy,
    private readonly usersDatabase: TestDatabase,
  ) {}

  /** Creates all parts, which then start. */
  static async create(): Promise<KillableSystem> {
    const secrets = randomSecrets();
    const postgres = await KillablePostgres.start('email-subscriptions', 'kill-matrix');
    const usersDatabase = await createTestDatabase('users');
    const supergraph = await SupergraphCopy.make();
    const [usersPort, ...ports] = await Promise.all(Array.from({ length: 5 }, freePort));
    const [gatewayPorts, replicaPorts] = [ports.slice(0, 2), ports.slice(2)];
    const balancer = await Balancer.start(replicaPorts);
    const describe = (index: number) =>
      describeServices({
        ports: {
          users: usersPort!,
          gateway: gatewayPorts[index]!,
          'email-subscriptions': replicaPorts[index]!,
        },
        databaseUrls: { users: usersDatabase.url, 'email-subscriptions': postgres.databaseUrl },
        subgraphUrls: { 'email-subscriptions': balancer.origin },
        secrets,
        nodeEnv: 'test',
        logLevel: 'info',
      });
    const both = [describe(0), describe(1)] as const;
    const start = (name: string, service: ServiceDescription, environment = {}) =>
      new KillableService(name, { ...service, environment: { ...service.environment, ...environment } });
    return new KillableSystem(
      both.map(({ gateway }, index) =>
        start(`gateway ${index}`, gateway, { SUPERGRAPH_FILE: supergraph.file, SUPERGRAPH_POLL_MS }),
      ),
      both.map((services, index) => start(`replica ${index}`, services['email-subscriptions']!)),
      start('users', both[0].users!, { ACCESS_TOKEN_SECONDS: String(TOKEN_SECONDS) }),
      postgres,
      balancer,
      supergraph,
      usersDatabase,
    );
  }

  get services(): readonly KillableService[] {
    return [...this.gateways, ...this.replicas, this.usersService];
  }

  /** Starts all watchers, and then the writers with the random choices of the seed. */
  async start(seed: number): Promise<void> {
    await Promise.all(this.services.map((service) => service.ready()));
    const urls = this.gateways.map(({ url }) => url);
    this.users = await Promise.all(['Ada', 'Bob'].map((name) => newRenewedUser(alternating(urls), name)));
    this.watchers = watcherOptions(this.users).map(
      (options, index) => new Watcher({ ...options, url: alternating(urls, index) }),
    );
    const random = new Random(seed);
    this.writers = Array.from({ length: WRITERS }, (_, index) => {
      const user = this.users[index % this.users.length]!;
      const url = alternating(urls, index);
      return new Writer({ name: `writer-${index}`, user, url, random: random.fork() });
    });
    await Promise.all(this.watchers.map((watcher) => watcher.start()));
    for (const writer of this.writers) writer.start();
  }

  async stopWriting(): Promise<void> {
    await Promise.all(this.writers.map((writer) => writer.stop()));
  }

  /** Stops all parts and deletes the data, at any time. */
  async remove(): Promise<void> {
    await this.stopWriting();
    await Promise.all(this.watchers.map((watcher) => watcher.stop()));
    for (const user of this.users) user.close();
    await Promise.all(this.gateways.map((gateway) => gateway.stop()));
    await Promise.all(this.services.map((service) => service.stop()));
    await this.balancer.close();
    await this.supergraph.remove();
    await this.postgres.remove();
    await this.usersDatabase.drop();
  }
}

/** @param url returns the address of a gateway for each login */
async function newRenewedUser(url: () => string, displayName: string): Promise<RenewedUser> {
  const person = await newPerson(url(), displayName);
  const user = { ...person, close: () => clearInterval(renewal) };
  // A login that fails is repeated at the next interval.
  const renew = () => logIn(url(), person.email).then(({ accessToken }) => (user.accessToken = accessToken));
  const renewal = setInterval(() => void renew().catch(() => undefined), RENEWAL_MS);
  return user;
}

/** Watchers of both users. Equal filters and `bookmarks` share a room, also between users. */
function watcherOptions([ada, bob]: readonly RenewedUser[]): Omit<WatcherOptions, 'url'>[] {
  const byAda = { addedBy: [ada!.userId] };
  const byBob = { addedBy: [bob!.userId] };
  return [
    { name: 'all', user: ada!, filter: {}, bookmarks: true },
    { name: 'all, at the other gateway first', user: ada!, filter: {}, bookmarks: true },
    { name: 'all, as Bob', user: bob!, filter: {}, bookmarks: true },
    { name: 'all, without bookmarks', user: bob!, filter: {}, bookmarks: false },
    { name: 'by Ada', user: ada!, filter: byAda, bookmarks: false },
    { name: 'by Ada, as Bob', user: bob!, filter: byAda, bookmarks: false },
    { name: 'by Bob', user: ada!, filter: byBob, bookmarks: true },
    { name: 'by a text', user: bob!, filter: { query: 'GRACE ex' }, bookmarks: false },
    { name: 'by Ada and a text', user: bob!, filter: { ...byAda, query: 'linus' }, bookmarks: true },
  ];
}
