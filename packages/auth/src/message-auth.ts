import type { ExecutionContext } from '@nestjs/common';
import type { AuthContext } from './auth-context.js';

const contexts = new WeakMap<object, AuthContext>();

/**
 * Stores the verified sender of a message of one of NestJS's transports.
 * @param message the context that the transport gives to guards and handlers (`RpcArgumentsHost.getContext`)
 */
export function noteSender(message: object, auth: AuthContext): void {
  contexts.set(message, auth);
}

/** @throws Error when the sender has not been verified */
export function authOfMessage(context: ExecutionContext): AuthContext {
  const auth = contexts.get(context.switchToRpc().getContext<object>());
  if (!auth) throw new Error('the sender of a message has not been verified');
  return auth;
}
