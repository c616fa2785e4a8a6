import { Unauthenticated } from '../../request/gateway-errors.js';
import type { Identity } from '../../request/identity.js';
import type { Connection, Connections } from './connections.js';

/** Why a stream is rejected, with the HTTP status. */
export interface AdmissionRejection {
  readonly status: 401 | 429 | 503;
  readonly code: 'UNAUTHENTICATED' | 'RATE_LIMITED' | 'SUBSCRIPTION_SERVER_DRAINING';
  readonly message: string;
}

/**
 * Registers a connection and assigns it to its viewer, or rejects it without registering it.
 * @param address the address that anonymous clients are counted by
 * @returns null when the connection is admitted
 */
export function admit(
  connection: Connection,
  identity: Identity,
  address: () => string,
  connections: Connections,
): AdmissionRejection | null {
  if (connections.isDraining) {
    const message = 'The server is shutting down. Please try again.';
    return { status: 503, code: 'SUBSCRIPTION_SERVER_DRAINING', message };
  }
  if (!connections.ensureCapacity()) {
    const message = 'There are too many streams right now. Please try again later.';
    return { status: 503, code: 'RATE_LIMITED', message };
  }
  connections.opened(connection);
  const rejection = connections.assign(connection, identity, address);
  if (rejection === null) return null;
  connections.closed(connection);
  if (rejection === 'SUBSCRIPTION_AUTH_EXPIRED') {
    const { code, message } = new Unauthenticated();
    return { status: 401, code, message };
  }
  const message = identity.viewer
    ? 'You have too many streams open.'
    : 'There are too many anonymous streams. Close one of yours, or log in.';
  return { status: 429, code: 'RATE_LIMITED', message };
}
