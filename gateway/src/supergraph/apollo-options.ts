import type { ApolloServerOptionsWithGateway } from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginInlineTraceDisabled,
  ApolloServerPluginLandingPageDisabled,
} from '@apollo/server/plugin/disabled';
import { ApolloServerPluginLandingPageLocalDefault } from '@apollo/server/plugin/landingPage/default';
import type { ErrorFormatter } from '@supergraph/service/format-error';
import type { Logger } from 'pino';
import type { RequestContext } from '../request-context.js';
import { operationHooks } from './operation-hooks.js';
import type { SupergraphGateway } from './supergraph-gateway.js';

/** Apollo Server as the gateway runs it: no telemetry, errors masked, schema and landing page for developers only. */
export function apolloOptions(options: {
  gateway: SupergraphGateway;
  formatError: ErrorFormatter;
  production: boolean;
  logger: Logger;
}): ApolloServerOptionsWithGateway<RequestContext> {
  const { gateway, formatError, production, logger } = options;
  return {
    gateway,
    formatError,
    logger,
    introspection: !production,
    hideSchemaDetailsFromClientErrors: production,
    includeStacktraceInErrorResponses: false,
    stopOnTerminationSignals: false,
    plugins: [
      ApolloServerPluginCacheControlDisabled(),
      ApolloServerPluginInlineTraceDisabled(),
      production
        ? ApolloServerPluginLandingPageDisabled()
        : ApolloServerPluginLandingPageLocalDefault({ footer: false }),
      operationHooks(),
    ],
  };
}
