import { GRAPHQL_PATH } from '@supergraph/service/graphql-endpoint';
import type { FastifyInstance } from 'fastify';
import { RETRY_AFTER_SECONDS, TOO_BUSY } from '../gateway-errors.js';
import type { Load } from './load.js';

/** The landing page of developers brings its own scripts and frames; nobody may put it into a frame. */
const POLICY = {
  production: "default-src 'none'; frame-ancestors 'none'",
  development: "frame-ancestors 'none'",
};

/**
 * What every answer says to browsers, and who is turned away before anything is done for them. Strict-Transport-Security
 * is for the proxy that speaks TLS to say. @fastify/helmet would do, but sets a dozen headers on every answer.
 */
export function guardEdges(fastify: FastifyInstance, load: Load, production: boolean): void {
  const policy = production ? POLICY.production : POLICY.development;
  fastify.addHook('onRequest', (request, reply, done) => {
    reply.header('x-content-type-options', 'nosniff');
    reply.header('content-security-policy', policy);
    reply.header('referrer-policy', 'no-referrer');
    if (!load.isTooMuch || request.routeOptions.url !== GRAPHQL_PATH) return done();
    void reply
      .code(503)
      .header('retry-after', String(RETRY_AFTER_SECONDS))
      .send({ errors: [TOO_BUSY] });
  });
}
