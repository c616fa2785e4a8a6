import { HeaderMap } from '@apollo/server';
import { DomainError } from '@supergraph/service/domain-error';
import type { FastifyRequest } from 'fastify';
import { GraphQLError } from 'graphql';
import type { RateLimit } from './edges/rate-limit.js';
import { RateLimited } from './gateway-errors.js';
import type { Identity, IdentityService } from './identity/identity.js';
import type { RequestContext } from './request-context.js';

/** Makes the context of an operation that came by HTTP; who may not ask, or not now, is refused before anything runs. */
export function httpContext(identities: IdentityService, rateLimit: RateLimit) {
  const identify = async ({ headers, raw }: FastifyRequest): Promise<Identity> => {
    let identity: Identity | null = null;
    try {
      return (identity = await identities.identify(headers.authorization));
    } finally {
      // Who guesses tokens is counted, too.
      await rateLimit.take(identity, () => rateLimit.placeOf(raw));
    }
  };
  return async (request: FastifyRequest): Promise<RequestContext> => {
    try {
      return { identity: await identify(request), requestId: request.id };
    } catch (error) {
      throw error instanceof DomainError ? refusal(error) : error;
    }
  };
}

/** As Apollo Server answers it. */
function refusal(error: DomainError): GraphQLError {
  const { message, code } = error;
  if (error instanceof RateLimited) {
    const { extensions, retryAfterSeconds } = error;
    const headers = new HeaderMap([['retry-after', String(retryAfterSeconds)]]);
    return new GraphQLError(message, { extensions: { ...extensions, http: { status: 429, headers } } });
  }
  const http =
    code === 'UNAUTHENTICATED'
      ? { status: 401, headers: new HeaderMap([['www-authenticate', 'Bearer error="invalid_token"']]) }
      : { status: 503 };
  return new GraphQLError(message, { extensions: { code, http } });
}
