import { ACCESS_TOKEN_SECONDS } from '@supergraph/auth-context/access-token';
import type { Clock } from '../clock.js';

/** A token of the session may have been made just before, and our clock may be behind the one that made it. */
const KEPT_MS = (ACCESS_TOKEN_SECONDS + 60) * 1_000;
/** More than one answer of the feed can hold of them, and no more than 100 MB. */
const MOST_KEPT = 500_000;

/**
 * The sessions that somebody has ended, for as long as access tokens of them may still be about. Asked for each
 * request, so it is one look-up and never waits.
 */
export class RevokedSessions {
  /** When each may be forgotten, in milliseconds since 1970; the soonest first, as all are kept equally long. */
  private readonly forgetAt = new Map<string, number>();
  private readonly listeners: ((sessionId: string) => void)[] = [];

  constructor(private readonly clock: Clock) {}

  has(sessionId: string): boolean {
    return this.forgetAt.has(sessionId);
  }

  get size(): number {
    return this.forgetAt.size;
  }

  /** Calls back for each session that is added, once all of them are refused; for one that is known already, too. */
  onRevoked(listener: (sessionId: string) => void): void {
    this.listeners.push(listener);
  }

  /** One that is known already is kept no longer for it: its last token is as old as it was. */
  add(sessionIds: readonly string[]): void {
    const forgetAt = this.clock.now() + KEPT_MS;
    for (const id of sessionIds) if (!this.forgetAt.has(id)) this.forgetAt.set(id, forgetAt);
    this.forgetOld();
    for (const id of sessionIds) for (const listener of this.listeners) listener(id);
  }

  /** Forgets those without a token that lives, and the oldest when there are too many. */
  forgetOld(): void {
    const now = this.clock.now();
    for (const [id, forgetAt] of this.forgetAt) {
      if (forgetAt > now && this.forgetAt.size <= MOST_KEPT) return;
      this.forgetAt.delete(id);
    }
  }
}
