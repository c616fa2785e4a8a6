import { isId } from '@kit/database';
import type { CanActivate, ExecutionContext } from '@nestjs/common';
import { RpcException } from '@nestjs/microservices';
import { noteSender, UntrustedCallerError, type Viewer } from '@kit/auth';

import type { MessageContext } from './message-context.js';
import { NOT_A_USER, UNTRUSTED } from './message-error.js';
import type { CallerVerifier } from './tcp-callers.js';

/** Rejects messages that are not signed by a known caller. `AuthGuard`, which runs next, checks the scopes. */
export class TrustedCallerGuard implements CanActivate {
  constructor(private readonly verify: CallerVerifier) {}

  canActivate(context: ExecutionContext): boolean {
    const message = context.switchToRpc().getContext<MessageContext>();
    try {
      const auth = this.verify(message.txnToken);
      message.trust(auth.caller);
      noteSender(message, { ...auth, viewer: auth.viewer && known(auth.viewer) });
      return true;
    } catch (error) {
      if (!(error instanceof UntrustedCallerError)) throw error;
      message.rejectionReason = error.message;
      throw new RpcException(UNTRUSTED);
    }
  }
}

/**
 * Brings the user id to its canonical form, so that the same user also has the same idempotency keys.
 * @throws RpcException
 */
function known({ userId, sessionId }: Viewer): Viewer {
  if (!isId(userId)) throw new RpcException(NOT_A_USER);
  return { userId: userId.toLowerCase(), sessionId };
}
