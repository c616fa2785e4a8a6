import type { FastifyInstance } from 'fastify';
import type { Origins } from './origins.js';

/**
 * Allows pages of listed origins to call the gateway (CORS; Fetch standard, section 3.2), without cookies.
 * Not with @fastify/cors, since that adds 5% to the cost of every request, including those without an origin.
 * @param methods those of all routes
 * @param open the paths that pages of all origins may call
 */
export function allowOrigins(
  fastify: FastifyInstance,
  origins: Origins,
  methods: Iterable<string>,
  open: ReadonlySet<string>,
): void {
  const allowedMethods = [...new Set(methods)].join(', ');
  fastify.addHook('onRequest', (request, reply, done) => {
    const { origin } = request.headers;
    // Prevents caches from serving a response to another origin. Responses to POST are not cached.
    if (origin !== undefined || ['GET', 'HEAD'].includes(request.method)) reply.header('vary', 'Origin');
    if (origin === undefined) return done();
    const isOpen = open.has(request.routeOptions.url ?? '');
    if (!isOpen && !origins.isListed(origin)) return done();
    reply.header('access-control-allow-origin', isOpen ? '*' : origin);
    reply.header('access-control-expose-headers', 'x-request-id, retry-after');
    if (request.method !== 'OPTIONS') return done();
    reply.header('access-control-allow-methods', allowedMethods);
    reply.header('access-control-allow-headers', request.headers['access-control-request-headers'] ?? '');
    reply.header('access-control-max-age', '86400');
    void reply.status(204).send();
  });
}

/**
 * Rejects requests, including preflights, from pages of origins that are not allowed.
 * @param paths the paths of the routes that this applies to
 */
export function rejectOtherOrigins(
  fastify: FastifyInstance,
  origins: Origins,
  paths: ReadonlySet<string>,
): void {
  fastify.addHook('onRequest', (request, reply, done) => {
    // Compares the route instead of the URL, since the router also accepts `/%67raphql`.
    if (!paths.has(request.routeOptions.url ?? '')) return done();
    const message = origins.httpRejection(request.raw);
    if (message === null) return done();
    void reply.code(403).send({ errors: [{ message, extensions: { code: 'FORBIDDEN' } }] });
  });
}
