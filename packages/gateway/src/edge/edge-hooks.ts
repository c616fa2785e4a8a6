import type { FastifyInstance } from 'fastify';
import { RETRY_AFTER_SECONDS, TOO_BUSY } from '../request/gateway-errors.js';
import type { Load } from './load.js';

/**
 * Security headers of every response. Strict-Transport-Security is up to the proxy that terminates TLS.
 * Not with @fastify/helmet, since that sets a dozen headers.
 */
export function securityHeaders(production: boolean): Readonly<Record<string, string>> {
  return {
    'x-content-type-options': 'nosniff',
    // The landing page in development loads scripts and frames. Only framing of it by other pages is forbidden.
    'content-security-policy': production
      ? "default-src 'none'; frame-ancestors 'none'"
      : "frame-ancestors 'none'",
    'referrer-policy': 'no-referrer',
  };
}

/**
 * Rejects requests with status 503 while the gateway is overloaded, before any other work.
 * @param paths the paths of the routes that this applies to
 */
export function rejectOverload(fastify: FastifyInstance, load: Load, paths: ReadonlySet<string>): void {
  fastify.addHook('onRequest', (request, reply, done) => {
    if (!load.isTooMuch || !paths.has(request.routeOptions.url ?? '')) return done();
    void reply
      .code(503)
      .header('retry-after', String(RETRY_AFTER_SECONDS))
      .send({ errors: [TOO_BUSY] });
  });
}
