import type { ExecutionContext } from '@nestjs/common';
import type { AuthContext } from './auth-context.js';

const contexts = new WeakMap<object, AuthContext>();

/**
 * Notes who sent a message of one of NestJS's transports, once its token has been checked.
 * @param message the context that the transport gives to guards and handlers (`RpcArgumentsHost.getContext`)
 */
export function noteSender(message: object, auth: AuthContext): void {
  contexts.set(message, auth);
}

/** @throws Error when no guard has checked the sender */
export function authOfMessage(context: ExecutionContext): AuthContext {
  const auth = contexts.get(context.switchToRpc().getContext<object>());
  if (!auth) throw new Error('the transaction token of a message has not been checked');
  return auth;
}
