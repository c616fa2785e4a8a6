import { once } from 'node:events';
import type { FastifyInstance, FastifyRequest } from 'fastify';

/** Leaves the bodies of requests to the routes of a scope unread. */
export function streamBodies(scope: FastifyInstance): void {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser('*', (_request, _body, done) => done(null));
  scope.addHook('preHandler', bodyHasBegun);
}

/**
 * Waits for the first bytes of a body. A client that sends only headers must not count as load: such requests would
 * keep all others out. The usual time limit for a request ends the wait.
 */
async function bodyHasBegun({ raw }: FastifyRequest): Promise<void> {
  if (!hasBody(raw) || raw.readableLength > 0 || raw.complete) return;
  const left = new AbortController();
  const onClose = () => left.abort();
  raw.once('close', onClose);
  try {
    await once(raw, 'readable', { signal: left.signal });
  } finally {
    raw.off('close', onClose);
  }
}

/** Whether a request has a body, perhaps an empty one (RFC 9112, section 6.3). */
export function hasBody({ headers }: FastifyRequest['raw']): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}
