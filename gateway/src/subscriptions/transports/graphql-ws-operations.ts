import type { FormattedExecutionResult, GraphQLFormattedError } from 'graphql';
import { MessageType, type SubscribeMessage } from 'graphql-ws';
import type { RequestOrigin } from '@supergraph/auth-context/auth-context';
import { newRequestId } from '@supergraph/service/request-id';
import type { RateLimit } from '../../edges/rate-limit.js';
import { RateLimited } from '../../gateway-errors.js';
import type { Identity } from '../../identity/identity.js';
import { LimitExceeded } from '../../limits/limit-exceeded.js';
import { LIMITS } from '../../limits/limits.js';
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
  readonly liveLimit: SubscriptionLimit;
  /** Operations that one socket may have under way at a time, queries and mutations included. */
  readonly mostOperations: number;
}

/** Where a socket was opened from. */
export interface SocketSource {
  /** Where a stranger's operations are counted. */
  readonly place: string;
  /** What the subgraphs are told of mutations. */
  readonly origin: RequestOrigin;
}

/** An operation that holds its id; it is live as soon as it is in a room. */
interface Running {
  /** Of the message that it came with, in characters; most of that is kept while it is live. */
  readonly size: number;
  membership: Membership | null;
  /** Counts it out of its viewer's live operations. */
  countOut: () => void;
}

/** The operations of one connection, by the ids that its client has given them. */
export class GraphqlWsOperations {
  private readonly running = new Map<string, Running>();
  /** Operations that have not been answered yet; a client that lets go of one's id does not end the work on it. */
  private unanswered = 0;

  constructor(
    private readonly connection: Connection,
    private readonly socket: GraphqlWsSocket,
    private readonly source: SocketSource,
    private readonly options: OperationsOptions,
  ) {}

  /** Whether one of them has not been answered yet. */
  get hasUnanswered(): boolean {
    return this.unanswered > 0;
  }

  has(id: string): boolean {
    return this.running.has(id);
  }

  /**
   * Runs an operation under an id that no other one holds.
   * @param size of the message that it came with, in characters
   * @returns when it is answered, or live
   */
  async run({ id, payload }: SubscribeMessage, size: number, identity: Identity): Promise<void> {
    const live = [...this.running.values()].filter(({ membership }) => membership !== null);
    if (live.length + this.unanswered >= this.options.mostOperations) {
      return this.socket.sendErrors(id, [this.tooMany]);
    }
    const operation: Running = { size, membership: null, countOut: () => {} };
    this.running.set(id, operation);
    this.unanswered += 1;
    try {
      const result = await this.resultOf(payload, identity);
      if (this.running.get(id) === operation) this.answer(id, operation, result, identity);
    } finally {
      this.unanswered -= 1;
    }
  }

  end(id: string): void {
    this.forget(id)?.membership?.leave();
  }

  endAll(): void {
    for (const id of this.running.keys()) this.end(id);
  }

  /** The socket takes events again. */
  resume(): void {
    for (const { membership } of this.running.values()) membership?.resume();
  }

  private async resultOf(payload: SubscribeMessage['payload'], identity: Identity) {
    const { operations, rateLimit } = this.options;
    try {
      await rateLimit.take(identity, () => this.source.place);
    } catch (error) {
      if (!(error instanceof RateLimited)) throw error;
      const { message, extensions } = error;
      return { errors: [{ message, extensions }] };
    }
    const { origin } = this.source;
    return operations.run(payload, { identity, requestId: newRequestId(), origin: () => origin });
  }

  private forget(id: string): Running | undefined {
    const operation = this.running.get(id);
    this.running.delete(id);
    operation?.countOut();
    return operation;
  }

  private answer(
    id: string,
    operation: Running,
    result: FormattedExecutionResult | Subscription,
    identity: Identity,
  ): void {
    if (result instanceof Subscription) return this.start(id, operation, result, identity);
    this.forget(id);
    if ('data' in result) {
      this.socket.send({ id, type: MessageType.Next, payload: result });
      this.socket.send({ id, type: MessageType.Complete });
    } else {
      this.socket.sendErrors(id, result.errors ?? []);
    }
  }

  private start(id: string, operation: Running, live: Subscription, identity: Identity): void {
    const sizes = [...this.running.values()].map(({ size, membership }) => (membership ? size : 0));
    const length = sizes.reduce((sum, size) => sum + size, operation.size);
    if (length > LIMITS.connectionLength) {
      this.forget(id);
      const most = LIMITS.connectionLength;
      const tooLong = new LimitExceeded('connectionLength', length, most, 'RATE_LIMITED');
      return this.socket.sendErrors(id, [tooLong.formatted]);
    }
    if (this.options.connections.isDraining) {
      this.forget(id);
      // It goes once this one and all others are done.
      return this.connection.end('SUBSCRIPTION_SERVER_DRAINING');
    }
    const countOut = this.options.liveLimit.take(identity, () => this.source.place);
    if (countOut === null) {
      this.forget(id);
      return this.socket.sendErrors(id, [this.options.liveLimit.refusal]);
    }
    operation.countOut = countOut;
    const isHeld = () => this.running.get(id) === operation;
    const release = () => void this.forget(id);
    operation.membership = live.start(new GraphqlWsWatcher({ id, isHeld, release }, this.socket));
  }

  private get tooMany(): GraphQLFormattedError {
    const { mostOperations } = this.options;
    return {
      message: `A connection may have ${mostOperations} operations under way at a time.`,
      extensions: { code: 'RATE_LIMITED' },
    };
  }
}
