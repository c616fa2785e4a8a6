import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import type { ApolloServer, HTTPGraphQLRequest } from '@apollo/server';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { GraphQLError } from 'graphql';
import { INVALID_TOKEN, RETRY_AFTER_SECONDS } from '../../gateway-errors.js';
import type { RequestContext } from '../../request-context.js';
import { send } from '../../supergraph/http-handler.js';
import { httpGraphQLRequest } from '../../supergraph/http-request.js';
import { acceptedStream, OR_JSON, type Accepted } from './accept.js';
import { admit, type Refusal } from './admission.js';
import type { Connections } from './connections.js';
import { HttpStream, type Framing } from './http-stream.js';
import type { SubscriptionLimit } from './subscription-limit.js';
import { MULTIPART } from './multipart.js';
import type { Operations } from '../operations.js';
import type { PreparedSubscription, SubscriptionSlot } from '../plan/plan.js';
import { lastEventId, mayBeCursor, SSE, wholeResult } from './sse.js';

/**
 * Statuses that an event stream does not hide: who asks (401), by what method (405), not so often (429), not now (503).
 * All others are about the operation, and graphql-sse clients and EventSource see nothing but the status of a request
 * that failed.
 */
const NOT_IN_STREAM: ReadonlySet<number | undefined> = new Set([401, 405, 429, 503]);

const NO_CURSOR = new GraphQLError('Last-Event-ID is no cursor.', {
  extensions: { code: 'BAD_USER_INPUT', http: { status: 400 } },
});

const PIPELINED = {
  message: 'A subscription cannot be sent before the response to the request before it has come.',
  extensions: { code: 'BAD_REQUEST' },
};

export interface HttpTransportsOptions {
  readonly server: ApolloServer<RequestContext>;
  readonly context: (request: FastifyRequest) => Promise<RequestContext>;
  readonly operations: Operations;
  readonly connections: Connections;
  readonly liveLimit: SubscriptionLimit;
  /** Where strangers at the other end of a connection are counted. */
  readonly placeOf: (request: IncomingMessage) => string;
}

/** Serves who takes a stream: live operations as server-sent events or multipart, all else as a whole. */
export class HttpTransports {
  constructor(private readonly options: HttpTransportsOptions) {}

  /** What this client wants of us; null when plain HTTP is all it knows. */
  accepted({ method, headers }: FastifyRequest): Accepted | null {
    return acceptedStream(headers.accept, method === 'HEAD' ? 'GET' : method);
  }

  async serve({ stream, prefersJson }: Accepted, request: FastifyRequest, reply: FastifyReply) {
    const lastSeen = stream === 'sse' ? lastEventId(request.headers['last-event-id']) : null;
    const slot: SubscriptionSlot = {};
    const { server, context } = this.options;
    const response = await server.executeHTTPGraphQLRequest({
      httpGraphQLRequest: asPost(request),
      context: async () => {
        const from = await context(request);
        if (lastSeen !== null && !mayBeCursor(lastSeen)) throw NO_CURSOR;
        return { ...from, slot, mayOnlyRead: request.method !== 'POST' };
      },
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
    found: PreparedSubscription,
    framing: Framing,
    lastSeen: string | null,
    reply: FastifyReply,
    jsonType: string,
  ): FastifyReply | undefined {
    const { operations, connections, liveLimit, placeOf } = this.options;
    // Only the headers of the stream. Of an empty text, Fastify would send the length.
    if (reply.request.method === 'HEAD') return reply.type(framing.contentType).send(Readable.from([]));
    if (reply.raw.socket === null) {
      // Node does not tell of the end of a connection to a response that waits for another one before it.
      void reply.code(400).type(jsonType);
      return reply.send(JSON.stringify({ errors: [PIPELINED] }));
    }
    const operation = operations.subscription(found);
    const stream = new HttpStream(reply.raw, framing, connections, operations.figures);
    const { identity } = found.request.context as RequestContext;
    const address = () => placeOf(reply.request.raw);
    const refusal = admit(stream, identity, address, connections);
    if (refusal) return refuse(refusal, reply, jsonType);
    const countOut = liveLimit.take(identity, address);
    if (countOut === null) {
      connections.closed(stream);
      const { message, extensions } = liveLimit.refusal;
      return refuse({ status: 429, code: extensions.code, message }, reply, jsonType);
    }
    reply.hijack();
    // Fastify does not send what hooks have set, as for other origins, once the response is ours.
    for (const [name, value] of Object.entries(reply.getHeaders())) reply.raw.setHeader(name, value ?? '');
    stream.open((watcher) => operation.start(watcher, lastSeen), countOut);
    return undefined;
  }
}

function refuse({ status, code, message }: Refusal, reply: FastifyReply, jsonType: string): FastifyReply {
  void reply.code(status).type(jsonType);
  if (status === 401) reply.header('www-authenticate', INVALID_TOKEN);
  else reply.header('retry-after', String(RETRY_AFTER_SECONDS));
  const extensions = { code, ...(status !== 401 && { retryAfterSeconds: RETRY_AFTER_SECONDS }) };
  return reply.send(JSON.stringify({ errors: [{ message, extensions }] }));
}

/**
 * Apollo Server refuses subscriptions by GET, and GETs without a header that browsers ask about first (its CSRF
 * prevention). EventSource knows nothing but GET, and no headers. Here a GET may do no harm: it cannot mutate
 * (`mayOnlyRead`), it carries no cookies, so that a page of another origin is a stranger to us, and without a CORS
 * header that page does not see the answer.
 */
function asPost(request: FastifyRequest): HTTPGraphQLRequest {
  const asked = httpGraphQLRequest(request);
  asked.headers.set('accept', `${request.headers.accept}, ${OR_JSON}`);
  if (request.method === 'POST') return asked;
  asked.headers.set('content-type', 'application/json');
  return { ...asked, method: 'POST', search: '', body: bodyOf(new URLSearchParams(asked.search)) };
}

/** Of a parameter that comes more than once all values stay, which Apollo Server refuses. */
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

/** What is no JSON stays a text, and Apollo Server says what it should be. */
function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return json;
  }
}
