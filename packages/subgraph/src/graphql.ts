import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginInlineTraceDisabled,
} from '@apollo/server/plugin/disabled';
import { type AuthContext, denyByDefault } from '@kit/auth';
import { deadlineOf, errorFormatter, GRAPHQL_PATH } from '@kit/service';
import { ApolloFederationDriver, type ApolloFederationDriverConfig } from '@nestjs/apollo';
import type { DynamicModule } from '@nestjs/common';
import { GraphQLModule } from '@nestjs/graphql';
import type { FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { KIT_DIRECTIVES, withoutUnusedDirectives } from './kit-directives.js';
import { describeRootTypes } from './root-type-descriptions.js';
import { authContextOf } from './trust.js';

/** The GraphQL context of a subgraph's resolvers, one for each operation. */
export interface SubgraphContext {
  readonly auth: AuthContext;
  /** The caller's deadline, in milliseconds since 1970. */
  readonly deadline?: number | undefined;
}

/** GraphQL of a subgraph as NestJS serves it: code first, guarded, errors masked, no telemetry. */
export function subgraphGraphQL(logger: Logger): DynamicModule {
  return GraphQLModule.forRoot<ApolloFederationDriverConfig>({
    driver: ApolloFederationDriver,
    path: GRAPHQL_PATH,
    autoSchemaFile: {
      federation: {
        version: 2,
        importUrl: FEDERATION_SPEC,
        directives: FEDERATION_DIRECTIVES,
      },
    },
    buildSchemaOptions: { directives: [...KIT_DIRECTIVES] },
    transformSchema: (schema) => withoutUnusedDirectives(describeRootTypes(denyByDefault(schema))),
    fieldResolverEnhancers: ['guards'],
    graphiql: false,
    persistedQueries: false,
    autoTransformHttpErrors: false,
    preserveHttpStatusForExecutionErrors: false,
    plugins: [ApolloServerPluginCacheControlDisabled(), ApolloServerPluginInlineTraceDisabled()],
    formatError: errorFormatter(logger),
    context: (request: FastifyRequest): SubgraphContext => ({
      auth: authContextOf(request),
      deadline: deadlineOf(request),
    }),
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
  '@composeDirective',
];
