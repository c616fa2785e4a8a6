import { maxHeaderSize, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { badRequest, badRequestError } from './bad-request.js';
import { rawResponse } from './raw-response.js';
import { newRequestId, REQUEST_ID_HEADER } from './request-id.js';
import { isSlowRequest } from './slow-requests.js';

/** An error of Node's parser, with its code and reason. */
interface ClientError extends Error {
  readonly code?: string;
  readonly reason?: string;
  /** A Buffer, in spite of Fastify's types. */
  readonly rawPacket?: unknown;
}

interface Rejection {
  readonly status: number;
  readonly message: string;
}

const VERSION = { status: 505, message: 'This HTTP version is not supported. Use HTTP/1.1.' };

const TIMEOUT = 'ERR_HTTP_REQUEST_TIMEOUT';

const REJECTIONS: Readonly<Record<string, Rejection>> = {
  [TIMEOUT]: { status: 408, message: 'The request did not arrive in time.' },
  HPE_HEADER_OVERFLOW: {
    status: 431,
    message: `The URL and headers are too large. Together they may have ${maxHeaderSize} bytes.`,
  },
  HPE_CHUNK_EXTENSIONS_OVERFLOW: { status: 413, message: 'The chunk extensions are too large.' },
  HPE_INVALID_VERSION: VERSION,
  HPE_PAUSED_H2_UPGRADE: VERSION,
};

const REQUEST_LINE = /^[\w!#$%&'*+.^`|~-]{1,40} \S+ HTTP\/1\.[01]\r\n/;

/**
 * Responses to requests that reach no route, and so no hook. Fastify would send errors in its own format, without a
 * request id.
 * @param headers headers of every response
 */
export function unroutedRequests(logger: Logger, headers: Readonly<Record<string, string>>) {
  const log = (requestId: string, status: number, why: string | undefined, level: 'info' | 'debug') =>
    logger[level]({ requestId, path: 'none', status, why }, 'request rejected before routing');

  return {
    /** For requests that Node cannot parse, or that do not arrive in time. */
    clientErrorHandler(error: ClientError, socket: Socket): void {
      // Node reports each request once.
      if (error.code === TIMEOUT && isSlowRequest(socket)) return;
      if (error.code === 'ECONNRESET' || !socket.writable || hasPendingResponse(socket)) {
        socket.destroy();
        return;
      }
      const { status, message } = rejectionOf(error);
      const id = newRequestId();
      // Browsers open connections in advance, and may send nothing on them.
      log(id, status, error.code, socket.bytesRead > 0 ? 'info' : 'debug');
      socket.end(rawResponse(status, badRequestError(message), id, headers), () => socket.destroy());
    },

    /** For URLs that the router cannot parse. */
    frameworkErrors(error: FastifyError, { id }: FastifyRequest, reply: FastifyReply): void {
      const status = error.statusCode === 414 ? 414 : 400;
      const message =
        status === 414
          ? 'A part of the URL is too long.'
          : 'The URL is not valid: a % must be followed by two hexadecimal digits that encode UTF-8.';
      log(id, status, error.code, 'info');
      void reply
        .code(status)
        .headers({ ...headers, [REQUEST_ID_HEADER]: id })
        .send(badRequest(message));
    },
  };
}

function rejectionOf({ code = '', reason, rawPacket }: ClientError): Rejection {
  const known = REJECTIONS[code];
  if (known) return known;
  const sent = Buffer.isBuffer(rawPacket) ? rawPacket.toString('latin1') : '';
  if (code === 'HPE_INVALID_METHOD' && REQUEST_LINE.test(sent)) {
    return { status: 501, message: 'The request method is not known.' };
  }
  return { status: 400, message: `The request is not valid HTTP/1.1${reason ? ` (${reason})` : ''}.` };
}

/**
 * Whether another response on this connection is pending, which the client would confuse with a new one. Node's own
 * handler reads the same property.
 */
function hasPendingResponse(socket: Socket & { _httpMessage?: ServerResponse | null }): boolean {
  const response = socket._httpMessage;
  return response != null && (response.headersSent || response.req.complete);
}
