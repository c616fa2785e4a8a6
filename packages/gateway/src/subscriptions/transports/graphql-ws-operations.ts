import type { FormattedExecutionResult, GraphQLFormattedError } from 'graphql';
import { MessageType, type SubscribeMessage } from 'graphql-ws';
import type { RequestOrigin } from '@kit/auth';
import { newRequestId } from '@kit/service';
import type { RateLimit } from '../../edge/rate-limit.js';
import { RateLimited } from '../../request/gateway-errors.js';
import type { Identity } from '../../request/identity.js';
import { LimitExceeded } from '../../operation/limits/limit-exceeded.js';
import { LIMITS } from '../../operation/limits/limits.js';
import { Subscription } from '../subscription.js';
import type { Operations } from '../operations.js';
import type { Membership } from '../rooms/watcher.js';
import type { Connection, Connections } from './connections.js';
import type { SubscriptionLimit } from './subscription-limit.js';
import type { GraphqlWsSocket } from './graphql-ws-socket.js';
import { GraphqlWsWatcher } from './graphql-ws-watcher.js';

export interface OperationsOptions {
  readonly operations: Operations;
  readonly connections: Connections;
  readonly rateLimit: RateLimit;
  readonly subscriptionLimit: SubscriptionLimit;
  /** The limit of concurrent operations on one socket, including queries and mutations. */
  readonly mostOperations: number;
}

/** The origin of a socket. */
export interface SocketSource {
  /** The address that anonymous clients are counted by. */
  readonly address: string;
  /** The client data that subgraphs receive with mutations. */
  readonly origin: RequestOrigin;
}

/** An operation that holds its id. A subscription is active once it has a membership in a room. */
interface RunningOperation {
  /** The characters of its message. A subscription keeps most of them in memory. */
  readonly size: number;
  membership: Membership | null;
  /** Gives back its place in the limit of its viewer's subscriptions. */
  freeSlot: () => void;
}

/** The operations of one connection, by their ids. */
export class GraphqlWsOperations {
  private readonly running = new Map<string, RunningOperation>();
  /** Operations without a result yet. A client's `complete` frees the id but does not stop the work. */
  private pending = 0;

  constructor(
    private readonly connection: Connection,
    private readonly socket: GraphqlWsSocket,
    private readonly source: SocketSource,
    private readonly options: OperationsOptions,
  ) {}

  get hasPending(): boolean {
    return this.pending > 0;
  }

  has(id: string): boolean {
    return this.running.has(id);
  }

  /**
   * Runs an operation under a free id.
   * @param size the length of its message, in characters
   * @returns when the result is sent or the subscription has started
   */
  async run({ id, payload }: SubscribeMessage, size: number, identity: Identity): Promise<void> {
    const live = [...this.running.values()].filter(({ membership }) => membership !== null);
    if (live.length + this.pending >= this.options.mostOperations) {
      return this.socket.sendErrors(id, [this.tooMany]);
    }
    const operation: RunningOperation = { size, membership: null, freeSlot: () => {} };
    this.running.set(id, operation);
    this.pending += 1;
    try {
      const result = await this.resultOf(payload, identity);
      if (this.running.get(id) === operation) this.answer(id, operation, result, identity);
    } finally {
      this.pending -= 1;
    }
  }

  end(id: string): void {
    this.release(id)?.membership?.leave();
  }

  endAll(): void {
    for (const id of this.running.keys()) this.end(id);
  }

  /** Continues delivery after the socket was not ready. */
  resume(): void {
    for (const { membership } of this.running.values()) membership?.resume();
  }

  private async resultOf(payload: SubscribeMessage['payload'], identity: Identity) {
    const { operations, rateLimit } = this.options;
    try {
      await rateLimit.take(identity, () => this.source.address);
    } catch (error) {
      if (!(error instanceof RateLimited)) throw error;
      const { message, extensions } = error;
      return { errors: [{ message, extensions }] };
    }
    const { origin } = this.source;
    return operations.run(payload, { identity, requestId: newRequestId(), origin: () => origin });
  }

  private release(id: string): RunningOperation | undefined {
    const operation = this.running.get(id);
    this.running.delete(id);
    operation?.freeSlot();
    return operation;
  }

  private answer(
    id: string,
    operation: RunningOperation,
    result: FormattedExecutionResult | Subscription,
    identity: Identity,
  ): void {
    if (result instanceof Subscription) return this.start(id, operation, result, identity);
    this.release(id);
    if ('data' in result) {
      this.socket.send({ id, type: MessageType.Next, payload: result });
      this.socket.send({ id, type: MessageType.Complete });
    } else {
      this.socket.sendErrors(id, result.errors ?? []);
    }
  }

  private start(
    id: string,
    operation: RunningOperation,
    subscription: Subscription,
    identity: Identity,
  ): void {
    const sizes = [...this.running.values()].map(({ size, membership }) => (membership ? size : 0));
    const length = sizes.reduce((sum, size) => sum + size, operation.size);
    if (length > LIMITS.connectionLength) {
      this.release(id);
      const most = LIMITS.connectionLength;
      const tooLong = new LimitExceeded('connectionLength', length, most, 'RATE_LIMITED');
      return this.socket.sendErrors(id, [tooLong.formatted]);
    }
    if (this.options.connections.isDraining) {
      this.release(id);
      // The connection closes once no operation is pending.
      return this.connection.end('SUBSCRIPTION_SERVER_DRAINING');
    }
    const freeSlot = this.options.subscriptionLimit.take(identity, () => this.source.address);
    if (freeSlot === null) {
      this.release(id);
      return this.socket.sendErrors(id, [this.options.subscriptionLimit.rejection]);
    }
    operation.freeSlot = freeSlot;
    const isHeld = () => this.running.get(id) === operation;
    const onEnd = () => void this.release(id);
    operation.membership = subscription.start(
      new GraphqlWsWatcher({ id, isHeld, release: onEnd }, this.socket),
    );
  }

  private get tooMany(): GraphQLFormattedError {
    const { mostOperations } = this.options;
    return {
      message: `A connection may run ${mostOperations} operations at a time.`,
      extensions: { code: 'RATE_LIMITED' },
    };
  }
}
