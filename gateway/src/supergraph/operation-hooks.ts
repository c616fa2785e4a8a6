import type { ApolloServerPlugin, GraphQLRequestListener } from '@apollo/server';
import { belongsTo } from '../error-request-ids.js';
import type { RequestContext } from '../request-context.js';
import { ConditionalRootFields } from './conditional-root-field.js';

/** What we add to Apollo Server's handling of an operation; one plugin, since each costs every request something. */
export function operationHooks(): ApolloServerPlugin<RequestContext> {
  const conditional = new ConditionalRootFields();
  // Apollo Server formats errors without saying whose they are; this notes it just before.
  const always: GraphQLRequestListener<RequestContext> = {
    async didEncounterErrors({ errors, contextValue }) {
      for (const error of errors) belongsTo(contextValue.requestId, error);
    },
  };
  const forSuspects: GraphQLRequestListener<RequestContext> = {
    ...always,
    async validationDidStart(request) {
      Object.assign(request, { document: conditional.replace(request.document) });
    },
    async didResolveOperation({ document }) {
      conditional.refuse(document);
    },
  };
  return {
    async requestDidStart({ request }) {
      return ConditionalRootFields.mayBeIn(request.query) ? forSuspects : always;
    },
  };
}
