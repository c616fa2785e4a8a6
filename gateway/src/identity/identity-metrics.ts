import { Gauge, type Registry } from 'prom-client';
import type { RevocationFeed } from './revocation-feed.js';
import type { RevokedSessions } from './revoked-sessions.js';

/** Adds what an operator wants to know of ended sessions to what Prometheus reads. */
export function addIdentityMetrics(
  registry: Registry,
  revoked: Pick<RevokedSessions, 'size'>,
  feed: Pick<RevocationFeed, 'ageSeconds'>,
): void {
  const gauge = (name: string, help: string, value: () => number) =>
    new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        this.set(value());
      },
    });
  gauge('revoked_sessions', 'Ended sessions whose access tokens are refused', () => revoked.size);
  gauge(
    'revocation_feed_age_seconds',
    'Since the users subgraph last told which sessions have ended; infinite before it first did',
    () => feed.ageSeconds,
  );
}
