import type { HTTPGraphQLRequest, HTTPGraphQLResponse } from '@apollo/server';
import { HeaderMap } from '@apollo/server';
import type { RequestContext } from '../request/request-context.js';
import type { OperationPipeline, OperationRequest } from '../schema/operation-pipeline.js';
import { isRecord } from './is-record.js';
import { jsonTypeFor } from './json-type.js';

/**
 * Runs operations that arrive over HTTP. Well-formed JSON requests whose client accepts JSON, nearly all of them, go
 * straight to the pipeline of all transports. Apollo Server handles the rest: GET, CSRF prevention, the landing page,
 * malformed requests, unacceptable types, and callers that could not be authenticated.
 */
export class HttpPipeline {
  constructor(private readonly pipeline: OperationPipeline) {}

  async run(
    request: HTTPGraphQLRequest,
    createContext: () => Promise<RequestContext>,
  ): Promise<HTTPGraphQLResponse> {
    const { method, headers, body } = request;
    // CSRF prevention is not needed: Fastify parses JSON bodies only, and a page cannot send JSON without a preflight.
    const type = method === 'POST' && isWellFormed(body) ? jsonTypeFor(headers.get('accept')) : null;
    if (type === null) return this.byApollo(request, createContext);
    const created = createContext();
    const context = await created.catch(() => null);
    if (context === null) return this.byApollo(request, () => created);
    const response = await this.pipeline.run(body as OperationRequest, context);
    const { errors, data, extensions } = response.result;
    const string = `${JSON.stringify({ errors, data, extensions })}\n`;
    return {
      status: response.status,
      headers: new HeaderMap([...response.headers, ['content-type', type]]),
      body: { kind: 'complete', string },
    };
  }

  start(): Promise<void> {
    return this.pipeline.server.start();
  }

  stop(): Promise<void> {
    return this.pipeline.server.stop();
  }

  private byApollo(
    httpGraphQLRequest: HTTPGraphQLRequest,
    context: () => Promise<RequestContext>,
  ): Promise<HTTPGraphQLResponse> {
    return this.pipeline.server.executeHTTPGraphQLRequest({ httpGraphQLRequest, context });
  }
}

/** Whether a body has a document or the hash of one, and no value of another type than Apollo Server accepts. */
function isWellFormed(body: unknown): boolean {
  if (!isRecord(body)) return false;
  const { query, operationName, variables, extensions } = body;
  const isById = query == null && isRecord(extensions) && isRecord(extensions['persistedQuery']);
  return (
    (typeof query === 'string' || isById) &&
    (operationName === undefined || typeof operationName === 'string') &&
    (variables === undefined || isRecord(variables)) &&
    (extensions === undefined || isRecord(extensions))
  );
}
