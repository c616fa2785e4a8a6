import type { CanActivate, ExecutionContext } from '@nestjs/common';
import { RpcException } from '@nestjs/microservices';
import { noteSender } from '@supergraph/auth-context/message-auth';
import { UntrustedCallerError } from '@supergraph/auth-context/txn-token';
import type { Logger } from 'pino';
import type { MessageContext } from './message-context.js';
import { UNTRUSTED } from './refusal.js';
import type { CallerVerifier } from './tcp-callers.js';

/** Refuses each message that no known caller has signed; the guard of all that comes asks then what they may do. */
export class TrustedCallerGuard implements CanActivate {
  constructor(
    private readonly verify: CallerVerifier,
    private readonly logger: Logger,
  ) {}

  canActivate(context: ExecutionContext): boolean {
    const message = context.switchToRpc().getContext<MessageContext>();
    try {
      const auth = this.verify(message.txnToken);
      message.caller = auth.caller;
      noteSender(message, auth);
      return true;
    } catch (error) {
      if (!(error instanceof UntrustedCallerError)) throw error;
      this.logger.warn({ why: error.message }, 'untrusted caller refused');
      throw new RpcException(UNTRUSTED);
    }
  }
}
