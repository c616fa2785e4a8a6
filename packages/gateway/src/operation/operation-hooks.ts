import type { ApolloServerPlugin, GraphQLRequest, GraphQLRequestListener } from '@apollo/server';
import { OperationTypeNode, type GraphQLError, type GraphQLSchema } from 'graphql';
import { belongsTo } from '../request/error-request-ids.js';
import { CostModel } from './limits/cost-model.js';
import type { DocumentLimits } from './limits/document-limits.js';
import { NOT_STREAMED, OR_JSON } from '../request/not-streamed.js';
import { hashFault } from './persisted-operations/hash-fault.js';
import type { Safelist } from './persisted-operations/safelist.js';
import type { RequestContext } from '../request/request-context.js';
import { conditionalRootField } from './conditional-root-field.js';
import { PLACEHOLDER, RejectedDocuments } from './rejected-documents.js';
import { reservedAlias } from './reserved-alias.js';

type Listener = GraphQLRequestListener<RequestContext>;

/** The gateway's checks of an operation, in one Apollo Server plugin, since each plugin slows down every request. */
export function operationHooks(
  limits: DocumentLimits,
  safelist: Safelist | null,
): ApolloServerPlugin<RequestContext> {
  const rejected = new RejectedDocuments();
  const costModels = new WeakMap<GraphQLSchema, CostModel>();

  const always: Listener = {
    // Apollo Server calls this before it formats errors. The formatter does not get the request.
    async didEncounterErrors({ errors, contextValue }) {
      for (const error of errors) belongsTo(contextValue.requestId, error);
    },
    // Called only for documents that are not in Apollo Server's cache.
    async validationDidStart(request) {
      const { document, schema } = request;
      const costModel = costModels.get(schema);
      if (!costModel) throw new Error('there is no cost model for the schema of this request');
      const reason =
        limits.rejection(document, costModel) ??
        safelist?.rejection(document) ??
        reservedAlias(document) ??
        conditionalRootField(document);
      if (reason) Object.assign(request, { document: rejected.placeholderFor(reason) });
    },
    async didResolveOperation({ document, operation, request }) {
      if (operation?.operation === OperationTypeNode.SUBSCRIPTION) acceptJson(request);
      const reason =
        rejected.reason(document) ?? (operation && limits.costRejection(operation, request.variables));
      if (reason) throw reason;
    },
  };
  const byGet: Listener = {
    ...always,
    // Apollo Server would reject the method (405). The client's mistake is the `Accept` header.
    async willSendResponse({ operation, request, response }) {
      if (operation?.operation !== OperationTypeNode.SUBSCRIPTION) return;
      acceptJson(request);
      const { message, extensions } = NOT_STREAMED;
      response.http.status = 406;
      response.http.headers.delete('allow');
      response.body = {
        kind: 'single',
        singleResult: { errors: [{ message, extensions: { code: extensions['code'] } }] },
      };
    },
  };
  const rejecting = (reason: GraphQLError): Listener => ({
    ...always,
    async didResolveOperation() {
      throw reason;
    },
  });

  return {
    async serverWillStart() {
      return {
        schemaDidLoadOrUpdate({ apiSchema, coreSupergraphSdl }) {
          if (coreSupergraphSdl) costModels.set(apiSchema, new CostModel(coreSupergraphSdl));
        },
      };
    },
    async requestDidStart({ request }) {
      const reason = (request.query ? limits.textRejection(request.query) : null) ?? hashFault(request);
      if (reason) {
        // Prevents Apollo Server from hashing, parsing or looking up the text.
        request.query = PLACEHOLDER;
        delete request.extensions;
        return rejecting(reason);
      }
      return request.http?.method === 'GET' ? byGet : always;
    },
  };
}

/**
 * Adds JSON to the accepted types, so that Apollo Server sends our error about streams instead of its own about JSON.
 */
function acceptJson({ http }: GraphQLRequest): void {
  const accept = http?.headers.get('accept');
  if (http && accept) http.headers.set('accept', `${accept}, ${OR_JSON}`);
}
