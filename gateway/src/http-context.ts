import { HeaderMap } from '@apollo/server';
import { DomainError } from '@supergraph/service/domain-error';
import type { FastifyRequest } from 'fastify';
import { GraphQLError } from 'graphql';
import type { IdentityService } from './identity/identity.js';
import type { RequestContext } from './request-context.js';

/** Makes the context of an operation that came by plain HTTP; a bad token is refused with 401 before anything runs. */
export function httpContext(identities: IdentityService) {
  return async ({ headers, id }: FastifyRequest): Promise<RequestContext> => {
    try {
      return { identity: await identities.identify(headers.authorization), requestId: id };
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
      const http =
        error.code === 'UNAUTHENTICATED'
          ? { status: 401, headers: new HeaderMap([['www-authenticate', 'Bearer error="invalid_token"']]) }
          : { status: 503 };
      throw new GraphQLError(error.message, { extensions: { code: error.code, http } });
    }
  };
}
