import { GRAPHQL_PATH } from '@supergraph/service/graphql-endpoint';
import type { FastifyInstance } from 'fastify';
import { RETRY_AFTER_SECONDS, TOO_BUSY } from '../gateway-errors.js';
import type { Load } from './load.js';

/**
 * What every response tells browsers. Strict-Transport-Security is for the proxy that speaks TLS. @fastify/helmet would
 * do, but sets a dozen headers.
 */
export function securityHeaders(production: boolean): Readonly<Record<string, string>> {
  return {
    'x-content-type-options': 'nosniff',
    // The landing page of developers brings its own scripts and frames; no page may put it into a frame.
    'content-security-policy': production
      ? "default-src 'none'; frame-ancestors 'none'"
      : "frame-ancestors 'none'",
    'referrer-policy': 'no-referrer',
  };
}

/** Rejects operations while the gateway is too busy, before anything is done for them. */
export function refuseOverload(fastify: FastifyInstance, load: Load): void {
  fastify.addHook('onRequest', (request, reply, done) => {
    if (!load.isTooMuch || request.routeOptions.url !== GRAPHQL_PATH) return done();
    void reply
      .code(503)
      .header('retry-after', String(RETRY_AFTER_SECONDS))
      .send({ errors: [TOO_BUSY] });
  });
}
