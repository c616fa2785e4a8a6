import type { GraphQLFormattedError } from 'graphql';
import { RETRY_AFTER_SECONDS } from '../../request/gateway-errors.js';
import type { Ending } from '../rooms/watcher.js';
import type { ConnectionEnding } from './connections.js';

/** Reconnects of watchers that lost the same upstream are spread over this many seconds. */
const SPREAD_SECONDS = 5;

const MESSAGES: Readonly<Record<Ending | ConnectionEnding, string>> = {
  SUBSCRIPTION_AUTH_EXPIRED: 'The access token is no longer valid. Subscribe again with a new one.',
  SUBSCRIPTION_LAGGED: 'The client has fallen too far behind. Subscribe again from the last event.',
  SUBSCRIPTION_SERVER_DRAINING: 'The server is shutting down. Subscribe again from the last event.',
  SUBSCRIPTION_UPSTREAM_LOST:
    'A part of the system is temporarily unavailable. Subscribe again later from the last event.',
};

/** The error that a client receives in the stream when the gateway ends its subscription. */
export function endingError(why: Ending | ConnectionEnding): GraphQLFormattedError {
  const retryAfterSeconds = RETRY_AFTER_SECONDS + Math.floor(Math.random() * SPREAD_SECONDS);
  return {
    message: MESSAGES[why],
    extensions: { code: why, ...(why === 'SUBSCRIPTION_UPSTREAM_LOST' && { retryAfterSeconds }) },
  };
}
