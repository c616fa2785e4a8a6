import type { System } from '@supergraph/tools/system';
import { asGateway, asViewer, Endpoint } from '../additions/endpoint.js';
import { numberedAddress } from '../additions/numbered-address.js';
import type { DurablePostgres } from '../durable-postgres.js';
import { newEditor, OPEN_REGISTRATION } from '../people.js';
import { withProductionSystem } from '../production-system.js';
import type { CrowdTask } from './crowd-messages.js';
import { COLLECTS_ON_SIGNAL } from './garbage.js';
import { WATCH } from './watch.js';

const AT_ONCE = 500;
/** Whoever is alone is planned for alone, and `connection_init` does not wait for long. */
const ALONE_AT_ONCE = 100;

const GATEWAY = {
  // Everybody watches as one viewer here.
  LIVE_CONNECTIONS: '20000',
  LIVE_CONNECTIONS_PER_VIEWER: '20000',
  LIVE_OPERATIONS_PER_VIEWER: '20000',
  RATE_LIMIT_OPERATIONS: '1000000000',
  // Two thousand executions at once, as without sharing, are to end with what they are for.
  SUBGRAPH_TIMEOUT_MS: '60000',
  ...COLLECTS_ON_SIGNAL,
};

/** A running system with somebody in it who adds subscribers and watches. */
export class LiveSystem {
  private nextNumber = 0;

  private constructor(
    readonly system: System,
    /** The gateway's address, as clients use it. */
    readonly gateway: Endpoint,
    /** email-subscriptions itself: an addition there costs the gateway nothing, and is answered past it. */
    private readonly subgraph: Endpoint,
  ) {}

  /** Starts all services as in production, on databases that keep what they have acknowledged. */
  static async with(postgres: DurablePostgres, work: (live: LiveSystem) => Promise<void>): Promise<void> {
    await withProductionSystem(postgres, { users: OPEN_REGISTRATION, gateway: GATEWAY }, (system) =>
      LiveSystem.workWith(system, work),
    );
  }

  private static async workWith(system: System, work: (live: LiveSystem) => Promise<void>): Promise<void> {
    const editor = await newEditor(system.gatewayUrl);
    const secret = system.secrets.emailSubscriptionsTxnTokenSecret;
    const gateway = new Endpoint(system.gatewayUrl, asViewer(editor.accessToken));
    const subgraph = new Endpoint(
      system.emailSubscriptionsUrl,
      asGateway('email-subscriptions', secret, editor),
    );
    try {
      await work(new LiveSystem(system, gateway, subgraph));
    } finally {
      await Promise.all([gateway.close(), subgraph.close()]);
    }
  }

  get gatewayPid(): number {
    return this.system.processes.gateway.pid;
  }

  /** The number of the next addition. */
  get next(): number {
    return this.nextNumber;
  }

  /** Adds one subscriber at the subgraph. @returns its number, when it is answered */
  async add(): Promise<number> {
    const number = this.take(1);
    await this.subgraph.add(numberedAddress(number));
    return number;
  }

  /** Numbers for somebody else to add. @returns the first of them */
  take(count: number): number {
    const first = this.nextNumber;
    this.nextNumber += count;
    return first;
  }

  /** Watchers of the gateway, all in one room unless they are to be alone. */
  crowd(task: Pick<CrowdTask, 'watchers'> & Partial<CrowdTask>): CrowdTask {
    return {
      url: this.gateway.webSocketUrl,
      connectionInit: this.gateway.credentials.connectionInit(),
      query: WATCH,
      atOnce: task.alone ? ALONE_AT_ONCE : AT_ONCE,
      alone: false,
      returns: false,
      next: this.nextNumber,
      ...task,
    };
  }
}
