import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginInlineTraceDisabled,
} from '@apollo/server/plugin/disabled';
import { ApolloFederationDriver, type ApolloFederationDriverConfig } from '@nestjs/apollo';
import type { DynamicModule } from '@nestjs/common';
import { GraphQLModule } from '@nestjs/graphql';
import {
  type AuthContext,
  denyByDefault,
  TXN_TOKEN_HEADER,
  txnTokenKey,
  UNTRUSTED_CALLER,
  UntrustedCallerError,
  verifyTxnToken,
} from '@kit/auth';

import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { GraphQLDirective } from 'graphql';
import type { Logger } from 'pino';
import { deadlineOf, errorFormatter, GRAPHQL_PATH } from '@kit/service';

import { describeRootTypes } from './root-type-descriptions.js';

/** The GraphQL context of a subgraph's resolvers, one for each operation. */
export interface SubgraphContext {
  readonly auth: AuthContext;
  /** The caller's deadline, in milliseconds since 1970. */
  readonly deadline?: number | undefined;
}

/** Verifies a transaction token. @throws UntrustedCallerError */
export type TokenVerifier = (token: unknown) => AuthContext;

/** Verifies tokens for one subgraph with its current secret and, during a rotation, the previous one. */
export function tokenVerifier(
  subgraph: string,
  secrets: { TXN_TOKEN_SECRET: string; TXN_TOKEN_SECRET_PREVIOUS?: string | undefined },
): TokenVerifier {
  const keys = [secrets.TXN_TOKEN_SECRET, secrets.TXN_TOKEN_SECRET_PREVIOUS]
    .filter((secret) => secret !== undefined)
    .map(txnTokenKey);
  return (token) => verifyTxnToken(token, subgraph, keys);
}

const authContexts = new WeakMap<FastifyRequest, AuthContext>();

/**
 * Rejects requests to the GraphQL endpoint that the gateway has not signed, before GraphQL runs.
 * @param others further routes that only the gateway may use
 */
export function rejectUntrustedCallers(
  fastify: FastifyInstance,
  verify: TokenVerifier,
  logger: Logger,
  others: readonly string[] = [],
): void {
  const guarded: ReadonlySet<string | undefined> = new Set([GRAPHQL_PATH, ...others]);
  fastify.addHook('onRequest', (request, reply, done) => {
    // The route, not the URL: the router also matches `/%67raphql`.
    if (!guarded.has(request.routeOptions.url)) return done();
    try {
      authContexts.set(request, verify(request.headers[TXN_TOKEN_HEADER]));
      done();
    } catch (error) {
      if (!(error instanceof UntrustedCallerError)) throw error;
      logger.warn({ requestId: request.id, why: error.message }, 'untrusted caller rejected');
      void reply.status(401).send({ errors: [UNTRUSTED_CALLER] });
    }
  });
}

/** GraphQL of a subgraph as NestJS serves it: code first, guarded, errors masked, no telemetry. */
export function subgraphGraphQL(logger: Logger, directives: readonly GraphQLDirective[] = []): DynamicModule {
  return GraphQLModule.forRoot<ApolloFederationDriverConfig>({
    driver: ApolloFederationDriver,
    path: GRAPHQL_PATH,
    autoSchemaFile: {
      federation: {
        version: 2,
        importUrl: FEDERATION_SPEC,
        directives:
          directives.length > 0 ? [...FEDERATION_DIRECTIVES, '@composeDirective'] : FEDERATION_DIRECTIVES,
      },
    },
    buildSchemaOptions: { directives: [...directives] },
    transformSchema: (schema) => describeRootTypes(denyByDefault(schema)),
    fieldResolverEnhancers: ['guards'],
    graphiql: false,
    persistedQueries: false,
    autoTransformHttpErrors: false,
    preserveHttpStatusForExecutionErrors: false,
    plugins: [ApolloServerPluginCacheControlDisabled(), ApolloServerPluginInlineTraceDisabled()],
    formatError: errorFormatter(logger),
    context: (request: FastifyRequest): SubgraphContext => {
      const auth = authContexts.get(request);
      if (!auth) throw new Error('the transaction token of a request has not been verified');
      return { auth, deadline: deadlineOf(request) };
    },
  });
}

const FEDERATION_SPEC = 'https://specs.apollo.dev/federation/v2.9';
const FEDERATION_DIRECTIVES = [
  '@key',
  '@shareable',
  '@authenticated',
  '@requiresScopes',
  '@cost',
  '@listSize',
];
