import type { IncomingMessage } from 'node:http';
import type { FastifyInstance } from 'fastify';
import { badRequest } from './bad-request.js';

interface Rejection {
  readonly status: number;
  readonly message: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const JSON_TYPE = 'application/json';
const VERSIONS = new Set(['1.1', '1.0']);
/** A host and a port (RFC 3986, section 3.2). Two joined `Host` headers contain a comma and a space, and do not match. */
const HOST = /^(?:\[[\w:.%~-]+\]|[\w.~!$&'()*+;=%-]+)(?::\d*)?$/;
const PARAMETER = /;\s*([^\s=;"]+)\s*=\s*("(?:[^"\\]|\\.)*"|[^\s;"]*)/g;
const UTF8 = /^"?utf-?8"?$/i;
const LONGEST_QUOTE = 40;

/**
 * Rejects requests with headers that Node accepts and HTTP forbids, or with an unsupported encoding or charset. The server
 * must join duplicate headers and not check `Host` itself.
 */
export function rejectMalformedRequests(fastify: FastifyInstance): void {
  // Node itself would respond with an empty body.
  fastify.server.on('checkExpectation', (request, response) =>
    fastify.server.emit('request', request, response),
  );
  fastify.addHook('onRequest', (request, reply, done) => {
    const rejection = rejectionOf(request.raw);
    if (rejection === null) return done();
    const { status, message, headers = {} } = rejection;
    void reply.code(status).headers(headers).send(badRequest(message));
  });
}

function rejectionOf({ httpVersion, headers }: IncomingMessage): Rejection | null {
  const { host, expect, 'content-encoding': encoding, 'content-type': type } = headers;
  if (!VERSIONS.has(httpVersion)) {
    return { status: 505, message: 'This HTTP version is not supported. Use HTTP/1.1.' };
  }
  if (!hasValidHost(httpVersion, host)) {
    return { status: 400, message: 'The request needs exactly one valid Host header.' };
  }
  if (expect !== undefined && expect.toLowerCase() !== '100-continue') {
    return { status: 417, message: `The expectation ${quoted(expect)} cannot be met.` };
  }
  if (encoding && encoding.toLowerCase() !== 'identity') {
    return {
      status: 415,
      message: `The content encoding ${quoted(encoding)} is not supported. Send the body without an encoding.`,
      // RFC 9110, section 15.5.16.
      headers: { 'accept-encoding': 'identity' },
    };
  }
  const charset = type === undefined || type === JSON_TYPE ? undefined : otherCharset(type);
  if (charset !== undefined) {
    return {
      status: 415,
      message: `The charset ${quoted(charset)} is not supported. Send the body as UTF-8.`,
    };
  }
  return null;
}

/** Whether there is exactly one valid `Host`, as HTTP/1.1 requires (RFC 9112, section 3.2). */
export function hasValidHost(httpVersion: string, host: string | undefined): boolean {
  return host === undefined ? httpVersion !== '1.1' : HOST.test(host);
}

/** The charset of a content type, if it is not UTF-8. */
function otherCharset(type: string): string | undefined {
  for (const [, name = '', value = ''] of type.matchAll(PARAMETER)) {
    if (name.toLowerCase() === 'charset' && !UTF8.test(value)) return value.replace(/^"(.*)"$/, '$1');
  }
  return undefined;
}

function quoted(text: string): string {
  return `"${text.slice(0, LONGEST_QUOTE)}"`;
}
