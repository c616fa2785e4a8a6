import type { ApolloServerOptionsWithGateway } from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginInlineTraceDisabled,
  ApolloServerPluginLandingPageDisabled,
} from '@apollo/server/plugin/disabled';
import { ApolloServerPluginLandingPageLocalDefault } from '@apollo/server/plugin/landingPage/default';
import type { Logger } from 'pino';
import type { DocumentLimits } from '../operation/limits/document-limits.js';
import { registeredTexts } from '../operation/persisted-operations/text-cache.js';
import type { DocumentRegistry } from '../operation/prepared/known-documents.js';
import type { RequestContext } from '../request/request-context.js';
import type { OperationRules } from '../operation/operation-rules.js';
import { operationHooks } from '../operation/operation-hooks.js';
import type { SupergraphGateway } from './supergraph-gateway.js';

/** Options of Apollo Server: no telemetry, masked errors, introspection and landing page in development only. */
export function apolloOptions(
  gateway: SupergraphGateway,
  { production, limits: { tokens }, safelist, formatError }: OperationRules,
  limits: DocumentLimits,
  registry: DocumentRegistry,
  logger: Logger,
): ApolloServerOptionsWithGateway<RequestContext> {
  return {
    gateway,
    formatError,
    logger,
    introspection: !production,
    hideSchemaDetailsFromClientErrors: production,
    includeStacktraceInErrorResponses: false,
    stopOnTerminationSignals: false,
    parseOptions: { maxTokens: tokens },
    persistedQueries: { cache: safelist?.cache ?? registeredTexts(), ttl: null },
    // `operationHooks` provides the documents that are known.
    documentStore: null,
    plugins: [
      ApolloServerPluginCacheControlDisabled(),
      ApolloServerPluginInlineTraceDisabled(),
      production
        ? ApolloServerPluginLandingPageDisabled()
        : ApolloServerPluginLandingPageLocalDefault({ footer: false }),
      operationHooks(limits, safelist, registry),
    ],
  };
}
