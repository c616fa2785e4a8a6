import { createParamDecorator, Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { ActingUser } from '@supergraph/nest-tcp-client';
import type { FastifyRequest } from 'fastify';
import { AccessTokens } from './access-tokens.js';

type Request = FastifyRequest & { user?: ActingUser };

/** Rejects requests without a valid access token. */
@Injectable()
export class LoggedInGuard implements CanActivate {
  constructor(private readonly accessTokens: AccessTokens) {}

  async canActivate(context: ExecutionContext): Promise<true> {
    const request = context.switchToHttp().getRequest<Request>();
    request.user = await this.accessTokens.verify(request.headers.authorization);
    return true;
  }
}

/** The options of each message: the user on whose behalf it is sent, and a request id for the logs of both sides. */
export interface Sender {
  readonly user: ActingUser;
  readonly requestId: string;
}

/** The {@link Sender} of the request. */
export const CurrentSender = createParamDecorator((_: unknown, context: ExecutionContext) => {
  const { user, id } = context.switchToHttp().getRequest<Request>();
  return { user, requestId: id };
});
