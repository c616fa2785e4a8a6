import { randomUUID } from 'node:crypto';
import { freePort } from '@supergraph/tools/free-port';
import { randomSecrets, type Secrets } from '@supergraph/tools/secrets';
import { describeServices } from '@supergraph/tools/services';
import { Dice } from './dice.js';
import type { SubscriberFilter } from './filter.js';
import { KillablePostgres } from './postgres.js';
import { Replica } from './replica.js';
import { Watcher } from './watcher.js';
import { Writer } from './writer.js';

const REPLICAS = 2;
const WRITERS = 4;

/** Each of them adds through half of the writers. */
const USERS = [randomUUID(), randomUUID()] as const;

/** The watchers' names, and whom each of them watches. */
const FILTERS: Record<string, SubscriberFilter> = {
  everybody: {},
  'everybody, too': {},
  'by the one user': { addedBy: [USERS[0]] },
  'by the other user': { addedBy: [USERS[1]] },
  'with a text': { query: 'GRACE ex' },
  'by the one user, with a text': { addedBy: [USERS[0]], query: 'linus' },
};

/** Two replicas of email-subscriptions over one Postgres, and those who write and watch through them. */
export class KillableSystem {
  private constructor(
    readonly postgres: KillablePostgres,
    readonly replicas: readonly Replica[],
    readonly watchers: readonly Watcher[],
    readonly writers: readonly Writer[],
  ) {}

  /** Makes the parts; Postgres and the replicas start. What random choices the others make, the seed says. */
  static async create(seed: number): Promise<KillableSystem> {
    const ports = await Promise.all(Array.from({ length: REPLICAS }, freePort));
    const secrets = randomSecrets();
    const postgres = await KillablePostgres.start(secrets.emailSubscriptionsDatabasePassword);
    const replicas = ports.map((port) => new Replica(describeReplica(port, postgres.databaseUrl, secrets)));
    const dice = new Dice(seed);
    const choices = { secret: secrets.emailSubscriptionsTxnTokenSecret, replicas };
    const watchers = Object.entries(FILTERS).map(
      ([name, filter]) => new Watcher({ ...choices, name, filter, userId: USERS[0], dice: dice.another() }),
    );
    const writers = Array.from({ length: WRITERS }, (_, index) => {
      const userId = USERS[index % USERS.length]!;
      return new Writer({ ...choices, name: `writer-${index}`, userId, dice: dice.another() });
    });
    return new KillableSystem(postgres, replicas, watchers, writers);
  }

  /** Has everybody watch before anybody writes. */
  async start(): Promise<void> {
    await Promise.all(this.replicas.map((replica) => replica.ready()));
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
    await Promise.all(this.replicas.map((replica) => replica.stop()));
    await this.postgres.remove();
  }
}

function describeReplica(port: number, databaseUrl: string, secrets: Secrets) {
  return describeServices({
    ports: { gateway: 0, users: 0, emailSubscriptions: port },
    databaseUrls: { users: '', emailSubscriptions: databaseUrl },
    secrets,
    nodeEnv: 'test',
    logLevel: 'info',
  }).emailSubscriptions;
}
