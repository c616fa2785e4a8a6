import type { GraphQLFormattedError } from 'graphql';
import { RETRY_AFTER_SECONDS } from '../../request/gateway-errors.js';
import type { Identity } from '../../request/identity.js';
import { Tally } from './tally.js';

/**
 * Limits the concurrent subscriptions of a viewer over all sessions, connections and transports. In the worst case no
 * other client shares them, and each costs an upstream subscription and a completion of every event.
 */
export class SubscriptionLimit {
  private readonly counts = new Tally();

  constructor(private readonly perViewer: number) {}

  /**
   * Tells the client to retry, because some of its subscriptions may belong to a broken connection that is not detected
   * yet.
   */
  get rejection() {
    return {
      message: `You may have ${this.perViewer} subscriptions at a time, over all your connections.`,
      extensions: { code: 'RATE_LIMITED', retryAfterSeconds: RETRY_AFTER_SECONDS },
    } as const satisfies GraphQLFormattedError;
  }

  /**
   * Counts a subscription until it ends. All anonymous clients at one address count as one viewer.
   * @param address the address that anonymous clients are counted by
   * @returns the function to call when the subscription has ended (repeated calls have no effect); null over the limit
   */
  take({ viewer }: Identity, address: () => string): (() => void) | null {
    const owner = viewer ? `viewer ${viewer.userId}` : `anonymous at ${address()}`;
    if (this.counts.of(owner) >= this.perViewer) return null;
    this.counts.add(owner);
    let isCounted = true;
    return () => {
      if (isCounted) this.counts.remove(owner);
      isCounted = false;
    };
  }
}
