import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import type { HTTPGraphQLRequest } from '@apollo/server';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { GraphQLError } from 'graphql';
import { INVALID_TOKEN, RETRY_AFTER_SECONDS } from '../request/gateway-errors.js';
import type { RequestContext } from '../request/request-context.js';
import type { HttpPipeline } from './http-pipeline.js';
import { send } from './http-response.js';
import { httpGraphQLRequest } from './http-request.js';
import { OR_JSON } from '../request/not-streamed.js';
import { acceptedStream, type Accepted } from './accept.js';
import { admit, type AdmissionRejection } from '../subscriptions/transports/admission.js';
import type { Connections } from '../subscriptions/transports/connections.js';
import { HttpStream, type Framing } from './http-stream.js';
import type { SubscriptionLimit } from '../subscriptions/transports/subscription-limit.js';
import { MULTIPART } from './multipart.js';
import type { Operations } from '../subscriptions/operations.js';
import type { PreparedSubscription, SubscriptionSlot } from '../request/plan.js';
import { lastEventId, mayBeCursor, SSE, wholeResult } from './sse.js';

/**
 * Statuses that are sent as such: unauthenticated (401), wrong method (405), rate limited (429), unavailable (503).
 * All other errors are sent in an event stream with status 200, because graphql-sse clients and EventSource cannot
 * read the body of a failed request.
 */
const NOT_IN_STREAM: ReadonlySet<number | undefined> = new Set([401, 405, 429, 503]);

const INVALID_LAST_EVENT_ID = new GraphQLError('The header Last-Event-ID is not a valid cursor.', {
  extensions: { code: 'BAD_USER_INPUT', http: { status: 400 } },
});

const PIPELINED = {
  message: 'A subscription cannot be pipelined. Send it after the response to the previous request.',
  extensions: { code: 'BAD_REQUEST' },
};

export interface HttpTransportsOptions {
  readonly pipeline: HttpPipeline;
  readonly context: (request: FastifyRequest) => Promise<RequestContext>;
  readonly operations: Operations;
  readonly connections: Connections;
  readonly subscriptionLimit: SubscriptionLimit;
  /** The address that anonymous clients are counted by. */
  readonly placeOf: (request: IncomingMessage) => string;
}

/** Serves clients that accept a stream: subscriptions as server-sent events or multipart, other operations as a whole. */
export class HttpTransports {
  constructor(private readonly options: HttpTransportsOptions) {}

  /** @returns null when the client accepts no stream */
  accepted({ method, headers }: FastifyRequest): Accepted | null {
    return acceptedStream(headers.accept, method === 'HEAD' ? 'GET' : method);
  }

  async serve({ stream, prefersJson }: Accepted, request: FastifyRequest, reply: FastifyReply) {
    const lastSeen = stream === 'sse' ? lastEventId(request.headers['last-event-id']) : null;
    const slot: SubscriptionSlot = {};
    const { pipeline, context } = this.options;
    const response = await pipeline.run(asPost(request), async () => {
      const from = await context(request);
      if (lastSeen !== null && !mayBeCursor(lastSeen)) throw INVALID_LAST_EVENT_ID;
      return { ...from, slot, mayOnlyRead: request.method !== 'POST' };
    });
    if (slot.prepared) {
      const jsonType = response.headers.get('content-type') ?? 'application/json';
      return this.stream(slot.prepared, stream === 'sse' ? SSE : MULTIPART, lastSeen, reply, jsonType);
    }
    const { status, body } = response;
    if (prefersJson || body.kind !== 'complete' || NOT_IN_STREAM.has(status)) return send(reply, response);
    return reply.type(SSE.contentType).send(wholeResult(body.string.trimEnd()));
  }

  private stream(
    prepared: PreparedSubscription,
    framing: Framing,
    lastSeen: string | null,
    reply: FastifyReply,
    jsonType: string,
  ): FastifyReply | undefined {
    const { operations, connections, subscriptionLimit, placeOf } = this.options;
    // Sends only the headers of the stream. For an empty string, Fastify would send a content-length.
    if (reply.request.method === 'HEAD') return reply.type(framing.contentType).send(Readable.from([]));
    if (reply.raw.socket === null) {
      // Node emits no 'close' for a pipelined response that still waits for an earlier one.
      void reply.code(400).type(jsonType);
      return reply.send(JSON.stringify({ errors: [PIPELINED] }));
    }
    const operation = operations.subscription(prepared);
    const stream = new HttpStream(reply.raw, framing, connections, operations.figures);
    const { identity } = prepared.request.context as RequestContext;
    const address = () => placeOf(reply.request.raw);
    const rejection = admit(stream, identity, address, connections);
    if (rejection) return reject(rejection, reply, jsonType);
    const freeSlot = subscriptionLimit.take(identity, address);
    if (freeSlot === null) {
      connections.closed(stream);
      const { message, extensions } = subscriptionLimit.rejection;
      return reject({ status: 429, code: extensions.code, message }, reply, jsonType);
    }
    reply.hijack();
    // After `hijack`, Fastify no longer sends the headers that hooks have set, such as those of CORS.
    for (const [name, value] of Object.entries(reply.getHeaders())) reply.raw.setHeader(name, value ?? '');
    stream.open((watcher) => operation.start(watcher, lastSeen), freeSlot);
    return undefined;
  }
}

function reject(
  { status, code, message }: AdmissionRejection,
  reply: FastifyReply,
  jsonType: string,
): FastifyReply {
  void reply.code(status).type(jsonType);
  if (status === 401) reply.header('www-authenticate', INVALID_TOKEN);
  else reply.header('retry-after', String(RETRY_AFTER_SECONDS));
  const extensions = { code, ...(status !== 401 && { retryAfterSeconds: RETRY_AFTER_SECONDS }) };
  return reply.send(JSON.stringify({ errors: [{ message, extensions }] }));
}

/**
 * Turns a GET into a POST for Apollo Server, which rejects subscriptions over GET, and GETs without a preflighted
 * header (CSRF prevention). EventSource can send only GETs, without custom headers. This is safe: a GET cannot mutate
 * (`mayOnlyRead`), it carries no cookies, so a page of another origin is anonymous, and without a CORS header that page
 * cannot read the response.
 */
function asPost(request: FastifyRequest): HTTPGraphQLRequest {
  const converted = httpGraphQLRequest(request);
  converted.headers.set('accept', `${request.headers.accept}, ${OR_JSON}`);
  if (request.method === 'POST') return converted;
  converted.headers.set('content-type', 'application/json');
  return { ...converted, method: 'POST', search: '', body: bodyOf(new URLSearchParams(converted.search)) };
}

/** The parameters as a request body. Repeated parameters become lists, which Apollo Server rejects. */
function bodyOf(search: URLSearchParams): Record<string, unknown> {
  const one = (name: string, read = (text: string): unknown => text) => {
    const [value, ...more] = search.getAll(name);
    return value === undefined ? undefined : more.length > 0 ? [value, ...more] : read(value);
  };
  const body = {
    query: one('query') ?? null,
    operationName: one('operationName'),
    variables: one('variables', parsed),
    extensions: one('extensions', parsed),
  };
  return Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined));
}

/** Invalid JSON stays a string, which Apollo Server rejects with a clear message. */
function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return json;
  }
}
