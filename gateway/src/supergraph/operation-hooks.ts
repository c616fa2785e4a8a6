import type { ApolloServerPlugin, GraphQLRequestListener } from '@apollo/server';
import { belongsTo } from '../error-request-ids.js';
import type { RequestContext } from '../request-context.js';
import { OperationTypeNode } from 'graphql';
import { ConditionalRootFields } from './conditional-root-field.js';
import { NOT_STREAMED } from './supergraph-gateway.js';

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
  const byGet: GraphQLRequestListener<RequestContext> = {
    ...forSuspects,
    // To Apollo Server the method is wrong, and by POST its client would only learn that the header is.
    async willSendResponse({ operation, response }) {
      if (operation?.operation !== OperationTypeNode.SUBSCRIPTION) return;
      const { message, extensions } = NOT_STREAMED;
      response.http.status = 406;
      response.http.headers.delete('allow');
      response.body = {
        kind: 'single',
        singleResult: { errors: [{ message, extensions: { code: extensions['code'] } }] },
      };
    },
  };
  return {
    async requestDidStart({ request }) {
      if (request.http?.method === 'GET') return byGet;
      return ConditionalRootFields.mayBeIn(request.query) ? forSuspects : always;
    },
  };
}
