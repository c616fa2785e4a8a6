import type { IncomingMessage } from 'node:http';
import { networkOf } from '@supergraph/service/network';
import { RateLimiterMemory, type RateLimiterRes } from 'rate-limiter-flexible';
import type { Identity } from '../identity/identity.js';
import { RateLimited } from '../gateway-errors.js';
import { clientAddress } from './client-address.js';

export interface RateLimitOptions {
  /** Operations of one client in that time; 0 is no limit. */
  readonly operations: number;
  /** How long a client's count lasts, in seconds, from the first operation of it. */
  readonly seconds: number;
  /** Proxies of our own in front of the gateway. */
  readonly trustedHops: number;
}

/**
 * How many operations a client may start, whatever the transport: a person with all their sessions, or, of those who
 * are not logged in, everybody at one address. What the gateway does of its own accord is not counted.
 */
export class RateLimit {
  private readonly limiter: RateLimiterMemory | null;

  constructor(private readonly options: RateLimitOptions) {
    const { operations, seconds } = options;
    // Without a prefix, keys are not copied; ids and addresses cannot be confused.
    this.limiter =
      operations > 0 ? new RateLimiterMemory({ points: operations, duration: seconds, keyPrefix: '' }) : null;
  }

  /** Where strangers at the other end of a connection are counted. */
  placeOf(request: IncomingMessage): string {
    return networkOf(clientAddress(request, this.options.trustedHops));
  }

  /**
   * Counts an operation.
   * @param identity null when who asks could not be told
   * @throws RateLimited when it is one too many
   */
  async take(identity: Identity | null, place: () => string): Promise<void> {
    if (!this.limiter) return;
    try {
      await this.limiter.consume(identity?.viewer?.userId ?? place());
    } catch (refusal) {
      if (refusal instanceof Error) throw refusal;
      throw new RateLimited(Math.ceil((refusal as RateLimiterRes).msBeforeNext / 1_000));
    }
  }
}
