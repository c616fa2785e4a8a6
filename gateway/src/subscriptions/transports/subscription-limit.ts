import type { GraphQLFormattedError } from 'graphql';
import { RETRY_AFTER_SECONDS } from '../../gateway-errors.js';
import type { Identity } from '../../identity/identity.js';
import { Tally } from './tally.js';

/**
 * How many live operations a viewer may have at a time, over all sessions, connections and transports. Each may be
 * one that nobody shares, with an upstream operation, a join and a serialisation of its own for every event.
 */
export class SubscriptionLimit {
  private readonly underWay = new Tally();

  constructor(private readonly perViewer: number) {}

  /**
   * What a viewer who has as many is told: to come back, since some of them may be those of a connection that broke,
   * which is noticed after a while only.
   */
  get refusal() {
    return {
      message: `You may have ${this.perViewer} live operations at a time, over all your connections.`,
      extensions: { code: 'RATE_LIMITED', retryAfterSeconds: RETRY_AFTER_SECONDS },
    } as const satisfies GraphQLFormattedError;
  }

  /**
   * Counts an operation in until it ends. Of those who are not logged in, everybody at one address is one.
   * @param place where a stranger's operations are counted
   * @returns what to call once it has ended, once or more often; null when it is one too many
   */
  take({ viewer }: Identity, place: () => string): (() => void) | null {
    const owner = viewer ? `viewer ${viewer.userId}` : `stranger at ${place()}`;
    if (this.underWay.of(owner) >= this.perViewer) return null;
    this.underWay.add(owner);
    let isUnderWay = true;
    return () => {
      if (isUnderWay) this.underWay.remove(owner);
      isUnderWay = false;
    };
  }
}
