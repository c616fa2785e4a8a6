import { Gauge, type Registry } from 'prom-client';

/** Adds metrics about revoked sessions. */
export function addIdentityMetrics(
  registry: Registry,
  revoked: { readonly size: number },
  feed: { readonly ageSeconds: number },
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
  gauge('revoked_sessions', 'Revoked sessions whose access tokens are rejected', () => revoked.size);
  gauge(
    'revocation_feed_age_seconds',
    'Seconds since the last successful poll of the revocation feed; infinite before the first',
    () => feed.ageSeconds,
  );
}
