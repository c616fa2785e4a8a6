import type { ApolloServerPlugin, GraphQLRequest, GraphQLRequestListener } from '@apollo/server';
import { OperationTypeNode, type GraphQLError, type GraphQLSchema } from 'graphql';
import { belongsTo } from '../error-request-ids.js';
import { CostModel } from '../limits/cost-model.js';
import type { DocumentLimits } from '../limits/document-limits.js';
import { OR_JSON } from '../subscriptions/transports/accept.js';
import { hashFault } from '../persisted-operations/hash-fault.js';
import type { Safelist } from '../persisted-operations/safelist.js';
import type { RequestContext } from '../request-context.js';
import { conditionalRootField } from './conditional-root-field.js';
import { HARMLESS, RefusedDocuments } from './refused-documents.js';
import { reservedAlias } from './reserved-alias.js';
import { NOT_STREAMED } from './supergraph-gateway.js';

type Listener = GraphQLRequestListener<RequestContext>;

/** What we add to Apollo Server's handling of an operation; one plugin, since each costs every request something. */
export function operationHooks(
  limits: DocumentLimits,
  safelist: Safelist | null,
): ApolloServerPlugin<RequestContext> {
  const refused = new RefusedDocuments();
  const costModels = new WeakMap<GraphQLSchema, CostModel>();

  const always: Listener = {
    // Apollo Server formats errors without saying whose they are; this notes it just before.
    async didEncounterErrors({ errors, contextValue }) {
      for (const error of errors) belongsTo(contextValue.requestId, error);
    },
    // Only for documents that Apollo Server does not know yet.
    async validationDidStart(request) {
      const { document, schema } = request;
      const costModel = costModels.get(schema);
      if (!costModel) throw new Error('a request came with a schema whose costs are unknown');
      const reason =
        limits.refusal(document, costModel) ??
        safelist?.refusal(document) ??
        reservedAlias(document) ??
        conditionalRootField(document);
      if (reason) Object.assign(request, { document: refused.standIn(reason) });
    },
    async didResolveOperation({ document, operation, request }) {
      if (operation?.operation === OperationTypeNode.SUBSCRIPTION) acceptJson(request);
      const reason =
        refused.reason(document) ?? (operation && limits.costRefusal(operation, request.variables));
      if (reason) throw reason;
    },
  };
  const byGet: Listener = {
    ...always,
    // To Apollo Server the method is wrong, and by POST its client would only learn that the header is.
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
  const refuse = (reason: GraphQLError): Listener => ({
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
      const reason = (request.query ? limits.textRefusal(request.query) : null) ?? hashFault(request);
      if (reason) {
        // Before the text is hashed and parsed, or looked up.
        request.query = HARMLESS;
        delete request.extensions;
        return refuse(reason);
      }
      return request.http?.method === 'GET' ? byGet : always;
    },
  };
}

/** Who takes no stream is told what to do about that, and not that JSON is what they should take. */
function acceptJson({ http }: GraphQLRequest): void {
  const accept = http?.headers.get('accept');
  if (http && accept) http.headers.set('accept', `${accept}, ${OR_JSON}`);
}
