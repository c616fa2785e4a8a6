import { CloseCode } from 'graphql-ws';
import type { ConnectionEnding } from './connections.js';

const SERVICE_RESTART = 1012;
/** From the IANA registry of close codes. graphql-ws clients reconnect after it. */
export const TRY_AGAIN_LATER = 1013;

/** graphql-ws clients also reconnect after each of these codes. After 4401 instead of 4403 they would not. */
export const ENDINGS: Readonly<Record<ConnectionEnding, number>> = {
  SUBSCRIPTION_AUTH_EXPIRED: CloseCode.Forbidden,
  SUBSCRIPTION_SERVER_DRAINING: SERVICE_RESTART,
};
