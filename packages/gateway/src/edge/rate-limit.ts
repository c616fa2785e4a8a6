import type { IncomingMessage } from 'node:http';
import { networkOf } from '@kit/service';
import { RateLimiterMemory, type RateLimiterRes } from 'rate-limiter-flexible';
import type { Identity } from '../request/identity.js';
import { RateLimited } from '../request/gateway-errors.js';
import { clientAddress } from './client-address.js';

export interface RateLimitOptions {
  /** Operations that one client may start per window. 0 disables the limit. */
  readonly operations: number;
  /** Length of a client's window, in seconds. It starts with the client's first operation. */
  readonly seconds: number;
  /** Number of trusted proxies in front of the gateway. */
  readonly trustedHops: number;
}

/**
 * Limits the operations that a client may start, over all transports. A client is a user with all sessions, or all
 * anonymous callers of one address. Operations that the gateway itself starts do not count.
 */
export class RateLimit {
  private readonly limiter: RateLimiterMemory | null;

  constructor(private readonly options: RateLimitOptions) {
    const { operations, seconds } = options;
    // A prefix would copy each key. User ids and addresses have different forms, so no prefix is needed.
    this.limiter =
      operations > 0 ? new RateLimiterMemory({ points: operations, duration: seconds, keyPrefix: '' }) : null;
  }

  /** The network that anonymous callers of a connection are counted by. */
  placeOf(request: IncomingMessage): string {
    return networkOf(clientAddress(request, this.options.trustedHops));
  }

  /**
   * Counts an operation.
   * @param identity null when authentication failed
   * @throws RateLimited when the limit is exceeded
   */
  async take(identity: Identity | null, place: () => string): Promise<void> {
    if (!this.limiter) return;
    try {
      await this.limiter.consume(identity?.viewer?.userId ?? place());
    } catch (error) {
      if (error instanceof Error) throw error;
      throw new RateLimited(Math.ceil((error as RateLimiterRes).msBeforeNext / 1_000));
    }
  }
}
