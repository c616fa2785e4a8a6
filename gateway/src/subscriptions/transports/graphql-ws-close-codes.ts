import { CloseCode } from 'graphql-ws';
import type { ConnectionEnding } from './connections.js';

const SERVICE_RESTART = 1012;
/** Close code that the IANA registry has; graphql-ws clients come back after it. */
export const TRY_AGAIN_LATER = 1013;

/** After each of these, too, clients come back; with 4401 in the place of 4403 they would not. */
export const ENDINGS: Readonly<Record<ConnectionEnding, number>> = {
  SUBSCRIPTION_AUTH_EXPIRED: CloseCode.Forbidden,
  SUBSCRIPTION_SERVER_DRAINING: SERVICE_RESTART,
};
