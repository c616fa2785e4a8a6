import { ACCESS_TOKEN_SECONDS } from '@kit/auth';
import type { Clock } from '../request/clock.js';

/** Allows for clock skew. */
const MARGIN_SECONDS = 60;
/** More than one response of the feed can contain; at most 100 MB of memory. */
const MAX_SESSIONS = 500_000;

/**
 * Revoked sessions, kept until their last access token has expired. Every request checks it, so a check is a
 * synchronous look-up.
 */
export class RevokedSessions {
  /** When to forget each session, in milliseconds since 1970. In ascending order, since all are kept equally long. */
  private readonly forgetAt = new Map<string, number>();
  private readonly listeners: ((sessionId: string) => void)[] = [];

  /** @param tokenSeconds the lifetime of access tokens. The last one may be as new as the revocation. */
  constructor(
    private readonly clock: Clock,
    private readonly tokenSeconds = ACCESS_TOKEN_SECONDS,
  ) {}

  has(sessionId: string): boolean {
    return this.forgetAt.has(sessionId);
  }

  get size(): number {
    return this.forgetAt.size;
  }

  /**
   * Adds a listener. It is called for each session passed to `add`, known ones too, once `has` is true for all of
   * them.
   */
  onRevoked(listener: (sessionId: string) => void): void {
    this.listeners.push(listener);
  }

  /** Adds sessions. A known session keeps its expiry, since no token was issued after its revocation. */
  add(sessionIds: readonly string[]): void {
    const forgetAt = this.clock.now() + (this.tokenSeconds + MARGIN_SECONDS) * 1_000;
    for (const id of sessionIds) if (!this.forgetAt.has(id)) this.forgetAt.set(id, forgetAt);
    this.forgetOld();
    for (const id of sessionIds) for (const listener of this.listeners) listener(id);
  }

  /** Removes sessions whose tokens have all expired, and the oldest ones above the maximum. */
  forgetOld(): void {
    const now = this.clock.now();
    for (const [id, forgetAt] of this.forgetAt) {
      if (forgetAt > now && this.forgetAt.size <= MAX_SESSIONS) return;
      this.forgetAt.delete(id);
    }
  }
}
