import { Unauthenticated } from '../../gateway-errors.js';
import type { Identity } from '../../identity/identity.js';
import type { Connection, Connections } from './connections.js';

/** Why a stream cannot be had now, as HTTP says it. */
export interface Refusal {
  readonly status: 401 | 429 | 503;
  readonly code: 'UNAUTHENTICATED' | 'RATE_LIMITED' | 'SUBSCRIPTION_SERVER_DRAINING';
  readonly message: string;
}

/**
 * Counts a connection in; answers why not when there is no place for it, and then it is not counted.
 * @param address the network that an anonymous client is counted by
 */
export function admit(
  connection: Connection,
  identity: Identity,
  address: () => string,
  connections: Connections,
): Refusal | null {
  if (connections.isDraining) {
    const message = 'The server is shutting down. Please try again.';
    return { status: 503, code: 'SUBSCRIPTION_SERVER_DRAINING', message };
  }
  if (!connections.makeRoom()) {
    const message = 'There are too many streams right now. Please try again later.';
    return { status: 503, code: 'RATE_LIMITED', message };
  }
  connections.opened(connection);
  const unwelcome = connections.belongsTo(connection, identity, address);
  if (unwelcome === null) return null;
  connections.closed(connection);
  if (unwelcome === 'SUBSCRIPTION_AUTH_EXPIRED') {
    const { code, message } = new Unauthenticated();
    return { status: 401, code, message };
  }
  const message = identity.viewer
    ? 'You have too many streams open.'
    : 'There are too many anonymous streams. Close one of yours, or log in.';
  return { status: 429, code: 'RATE_LIMITED', message };
}
