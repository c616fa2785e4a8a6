import { PassThrough } from 'node:stream';
import { allowSlowRequest } from '@kit/service';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { StreamTarget } from '../subgraphs/stream-target.js';
import { hasBody } from './stream-bodies.js';

/** The headers of the subgraph's response that the client gets. */
const RESPONSE_HEADERS = [
  'content-type',
  'content-disposition',
  'content-length',
  'cache-control',
  'retry-after',
];

/** How long a client may go on sending a body after the response. A client that sends first and reads then gets it. */
const LINGER_MS = 5_000;

const TOO_SLOW = {
  message: 'The request did not arrive in time.',
  extensions: { code: 'BAD_REQUEST' },
};

/**
 * Streams a request to a subgraph, and its response back.
 * @throws SubgraphUnavailable when there is no usable response
 */
export async function streamThrough(
  target: StreamTarget,
  path: string,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { raw: sent } = request;
  const { raw: response } = reply;
  const left = new AbortController();
  // Not before: Node emits it for a complete response, too, when there is nothing to abort any more.
  response.once('close', () => left.abort());
  response.once('finish', () => discardRest(request));
  allowSlowRequest(sent);
  response.setTimeout(target.idleMs, () => {
    // The subgraph has a time limit of its own for its response.
    if (sent.complete && !response.headersSent) return;
    if (response.headersSent || response.closed) sent.socket.destroy();
    else
      void reply
        .code(408)
        .header('connection', 'close')
        .send({ errors: [TOO_SLOW] });
  });
  try {
    const { statusCode, headers, body } = await target.send({
      method: request.method as 'GET' | 'PUT' | 'POST' | 'DELETE',
      path,
      type: sent.headers['content-type'],
      length: sent.headers['content-length'],
      body: hasBody(sent) ? withoutDestroying(sent) : null,
      requestId: request.id,
      signal: left.signal,
    });
    for (const name of RESPONSE_HEADERS) if (headers[name] !== undefined) reply.header(name, headers[name]);
    return reply.code(statusCode).send(body);
  } catch (error) {
    if (left.signal.aborted || reply.sent) return reply;
    throw error;
  }
}

/**
 * The body of a request, for a reader that destroys what it does not read to the end. Destroying the request would close
 * the connection before the response.
 */
function withoutDestroying(sent: FastifyRequest['raw']): PassThrough {
  const body = new PassThrough();
  // An error of the reader. It is reported there.
  body.on('error', () => sent.unpipe(body));
  return sent.pipe(body);
}

/** Reads and drops what a client still sends after an early response, for a while. */
function discardRest({ raw: sent }: FastifyRequest): void {
  if (sent.complete) return;
  const { socket } = sent;
  const cut = setTimeout(() => socket.destroy(), LINGER_MS).unref();
  sent.once('close', () => clearTimeout(cut)).resume();
}
