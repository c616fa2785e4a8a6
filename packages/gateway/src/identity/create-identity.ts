import { GRAPHQL_PATH } from '@kit/service';
import type { Logger } from 'pino';
import type { GatewayConfig } from '../gateway/config.js';
import { systemClock } from '../request/clock.js';
import { SubgraphClient } from '../subgraphs/subgraph-client.js';
import { TxnTokens } from '../subgraphs/txn-tokens.js';
import { IdentityService } from './identity.js';
import { KeySet } from './key-set.js';
import { FEED_TIMEOUT_MS, RevocationFeed } from './revocation-feed.js';
import { RevokedSessions } from './revoked-sessions.js';

/** Creates the services that authenticate callers: public keys, revoked sessions and the feed that updates them. */
export function createIdentity(config: GatewayConfig, logger: Logger) {
  const { origin, secret } = config.subgraphs.users;
  const keys = new KeySet(`${origin}/.well-known/jwks.json`, config.KEYS_REFRESH_MS, logger);
  const revoked = new RevokedSessions(systemClock);
  // A separate connection pool, so that the feed does not wait behind clients' requests.
  const client = new SubgraphClient(
    { origin, path: GRAPHQL_PATH },
    new TxnTokens('users', secret),
    FEED_TIMEOUT_MS,
  );
  const feed = new RevocationFeed(client, revoked, config.REVOCATIONS_POLL_MS, systemClock, logger);
  return { keys, revoked, feed, identities: new IdentityService(keys, logger, revoked) };
}
