import { Inject, Module, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { LOGGER, METRICS } from '@kit/service';
import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import { systemClock } from '../request/clock.js';
import { Subgraphs } from '../subgraphs/subgraphs.js';
import { SubgraphsModule } from '../subgraphs/subgraphs.module.js';
import { addIdentityMetrics } from '../telemetry/identity-metrics.js';
import { IdentityService } from './identity.js';
import type { IdentityOptions } from './identity-options.js';
import { IdentityUpdates } from './identity-updates.js';
import { profileOf } from './identity-profile.js';
import { KeySet } from './key-set.js';
import { FEED_TIMEOUT_MS, RevocationFeed } from './revocation-feed.js';
import { RevokedSessions } from './revoked-sessions.js';

export const IDENTITY_SETTINGS = Symbol('identity settings');

/** The identity provider; null when all clients are anonymous. */
export type IdentitySettings = IdentityOptions | null;

const KEYS_REFRESH_MS = 300_000;
const REVOCATIONS_POLL_MS = 1_000;

/** Authenticates the clients that send requests. */
@Module({
  imports: [SubgraphsModule],
  providers: [
    {
      provide: RevokedSessions,
      inject: [IDENTITY_SETTINGS],
      useFactory: (settings: IdentitySettings) =>
        new RevokedSessions(systemClock, settings?.revocations?.tokenSeconds),
    },
    {
      provide: IdentityUpdates,
      inject: [IDENTITY_SETTINGS, RevokedSessions, Subgraphs, LOGGER],
      useFactory: updates,
    },
    {
      provide: IdentityService,
      inject: [IDENTITY_SETTINGS, IdentityUpdates, LOGGER, RevokedSessions],
      useFactory: (
        settings: IdentitySettings,
        { keys }: IdentityUpdates,
        logger: Logger,
        revoked: RevokedSessions,
      ) => new IdentityService(settings && keys && { keys, profile: profileOf(settings) }, logger, revoked),
    },
  ],
  exports: [RevokedSessions, IdentityUpdates, IdentityService],
})
export class IdentityModule implements OnModuleInit, OnApplicationShutdown {
  constructor(
    @Inject(IdentityUpdates) private readonly updates: IdentityUpdates,
    @Inject(RevokedSessions) revoked: RevokedSessions,
    @Inject(METRICS) metrics: Registry,
  ) {
    if (updates.feed) addIdentityMetrics(metrics, revoked, updates.feed);
  }

  async onModuleInit(): Promise<void> {
    await this.updates.start();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.updates.stop();
  }
}

function updates(
  settings: IdentitySettings,
  revoked: RevokedSessions,
  subgraphs: Subgraphs,
  logger: Logger,
): IdentityUpdates {
  if (settings === null) return new IdentityUpdates(null, null);
  const { jwksUrl, keysRefreshMs = KEYS_REFRESH_MS, revocations } = settings;
  const keys = new KeySet(
    { url: jwksUrl, refreshMs: keysRefreshMs, algorithms: profileOf(settings).algorithms },
    logger,
  );
  if (!revocations) return new IdentityUpdates(keys, null);
  const { subgraph, path, pollMs = REVOCATIONS_POLL_MS } = revocations;
  const client = subgraphs.separateClient(subgraph, FEED_TIMEOUT_MS);
  const feed = new RevocationFeed(client, path, revoked, pollMs, systemClock, logger);
  return new IdentityUpdates(keys, feed);
}
