import type { ApolloServerPlugin, GraphQLRequest, GraphQLRequestListener } from '@apollo/server';
import { OperationTypeNode, parse } from 'graphql';
import { belongsTo } from '../request/error-request-ids.js';
import type { DocumentLimits } from './limits/document-limits.js';
import { NOT_STREAMED, OR_JSON } from '../request/not-streamed.js';
import { hashFault } from './persisted-operations/hash-fault.js';
import type { Safelist } from './persisted-operations/safelist.js';
import type { RequestContext } from '../request/request-context.js';
import { conditionalRootField } from './conditional-root-field.js';
import type { DocumentRegistry } from './prepared/known-documents.js';
import { reservedAlias } from './reserved-alias.js';

type Listener = GraphQLRequestListener<RequestContext>;

/**
 * An error that a plugin throws before validation becomes a 500. So a rejected document is replaced by this one, which
 * is not parsed or validated, and the request is rejected once its operation is resolved.
 */
const PLACEHOLDER = '{ __typename }';
const PLACEHOLDER_DOCUMENT = parse(PLACEHOLDER, { noLocation: true });

/** The gateway's checks of a document that it has not served before, as a plugin of Apollo Server. */
export function operationHooks(
  limits: DocumentLimits,
  safelist: Safelist | null,
  registry: DocumentRegistry,
): ApolloServerPlugin<RequestContext> {
  return {
    async serverWillStart() {
      return {
        schemaDidLoadOrUpdate({ apiSchema, coreSupergraphSdl }) {
          if (coreSupergraphSdl) registry.load(apiSchema, coreSupergraphSdl);
        },
      };
    },
    async requestDidStart({ request, schema }): Promise<Listener> {
      const documents = registry.of(schema);
      const isByHash = !request.query;
      let reason = (request.query ? limits.textRejection(request.query) : null) ?? hashFault(request);
      if (reason) {
        // Prevents Apollo Server from hashing or looking up the text.
        request.query = PLACEHOLDER;
        delete request.extensions;
      }
      return {
        // Apollo Server calls this before it formats errors. The formatter does not get the request.
        async didEncounterErrors({ errors, contextValue }) {
          for (const error of errors) belongsTo(contextValue.requestId, error);
        },
        // Apollo Server parses and validates only if there is no document afterwards.
        async didResolveSource(context) {
          reason ??= documents.rejectionOf(context.queryHash) ?? null;
          const known = reason ? PLACEHOLDER_DOCUMENT : documents.prepared.ofText(context.source)?.document;
          if (known) Object.assign(context, { document: known });
        },
        async validationDidStart(context) {
          const { document, queryHash } = context;
          reason =
            limits.rejection(document, documents.costModel) ??
            safelist?.rejection(document) ??
            reservedAlias(document) ??
            conditionalRootField(document);
          if (!reason) return;
          documents.reject(queryHash, document, reason);
          Object.assign(context, { document: PLACEHOLDER_DOCUMENT });
        },
        async didResolveOperation({ document, operation, queryHash, source }) {
          if (operation?.operation === OperationTypeNode.SUBSCRIPTION) acceptJson(request);
          if (reason) throw reason;
          documents.prepared.add({ schema, source, hash: queryHash, document }, isByHash);
          const excess = operation && limits.costRejection(operation, request.variables);
          if (excess) throw excess;
        },
        async willSendResponse({ operation, response }) {
          if (request.http?.method !== 'GET' || operation?.operation !== OperationTypeNode.SUBSCRIPTION)
            return;
          // Apollo Server would reject the method (405). The client's mistake is the `Accept` header.
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
