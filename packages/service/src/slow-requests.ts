import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';

/** The connections on which a request may take any time. */
const slow = new WeakMap<Socket, IncomingMessage>();

/**
 * Exempts a request from the time limit for its body, for uploads of any size. The caller has to limit the time without
 * progress instead. Later requests of the connection have the usual limit.
 */
export function allowSlowRequest(request: IncomingMessage): void {
  slow.set(request.socket, request);
}

/** Whether the request that a connection receives now is exempt. */
export function isSlowRequest(socket: Socket): boolean {
  return slow.get(socket)?.complete === false;
}
