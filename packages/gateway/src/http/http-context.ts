import { HeaderMap } from '@apollo/server';
import { DomainError } from '@kit/service';
import type { FastifyRequest } from 'fastify';
import { GraphQLError } from 'graphql';
import type { RateLimit } from '../edge/rate-limit.js';
import { requestOrigin } from '../edge/request-origin.js';
import { INVALID_TOKEN, RateLimited } from '../request/gateway-errors.js';
import type { Identity } from '../request/identity.js';
import type { IdentityService } from '../identity/identity.js';
import type { RequestContext } from '../request/request-context.js';

/**
 * Returns a function that creates the context of an HTTP operation. It authenticates the caller and applies the rate
 * limit, and throws a GraphQLError with the HTTP status when either fails.
 * @param trustedHops number of trusted proxies in front of the gateway
 */
export function httpContext(identities: IdentityService, rateLimit: RateLimit, trustedHops: number) {
  const identify = async ({ headers, raw }: FastifyRequest): Promise<Identity> => {
    let identity: Identity | null = null;
    try {
      return (identity = await identities.identify(headers.authorization));
    } finally {
      // Requests with an invalid token count as well, which limits token guessing.
      await rateLimit.take(identity, () => rateLimit.placeOf(raw));
    }
  };
  return async (request: FastifyRequest): Promise<RequestContext> => {
    try {
      const origin = () => requestOrigin(request.raw, trustedHops);
      return { identity: await identify(request), requestId: request.id, origin };
    } catch (error) {
      throw error instanceof DomainError ? toGraphQLError(error) : error;
    }
  };
}

/** Converts an error for Apollo Server, which takes status and headers from `extensions.http`. */
function toGraphQLError(error: DomainError): GraphQLError {
  const { message, code } = error;
  if (error instanceof RateLimited) {
    const { extensions, retryAfterSeconds } = error;
    const headers = new HeaderMap([['retry-after', String(retryAfterSeconds)]]);
    return new GraphQLError(message, { extensions: { ...extensions, http: { status: 429, headers } } });
  }
  const http =
    code === 'UNAUTHENTICATED'
      ? { status: 401, headers: new HeaderMap([['www-authenticate', INVALID_TOKEN]]) }
      : { status: 503 };
  return new GraphQLError(message, { extensions: { code, http } });
}
