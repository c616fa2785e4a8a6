import { METHODS } from 'node:http';
import type { FastifyInstance } from 'fastify';
import { badRequest } from './bad-request.js';

/** CONNECT has no path. */
const ROUTED = METHODS.filter((method) => method !== 'CONNECT');
const ANY_PATH = 'GET, HEAD, OPTIONS, POST';

/**
 * Responds to methods that a path does not support: `OPTIONS` with 204, all others with 405, both with `allow`
 * (RFC 9110, section 15.5.6). Each gets a route, so that hooks and the log know the path.
 * @returns a function that adds these routes, to be called when all other routes exist
 */
export function answerOtherMethods(fastify: FastifyInstance): () => void {
  const supported = new Map<string, Set<string>>();
  fastify.addHook('onRoute', ({ url, method }) => {
    const methods = supported.get(url) ?? new Set(['OPTIONS']);
    supported.set(url, methods);
    for (const each of [method].flat()) methods.add(each);
  });
  const allowed = new Map<string | undefined, string>();
  fastify.addHook('onRequest', (request, reply, done) => {
    if (request.method !== 'OPTIONS') return done();
    const allow = request.raw.url === '*' ? ANY_PATH : allowed.get(request.routeOptions.url);
    if (allow === undefined) return done();
    void reply.code(204).header('allow', allow).send();
  });
  return () => {
    for (const method of ROUTED.filter((each) => !fastify.supportedMethods.includes(each))) {
      fastify.addHttpMethod(method, { hasBody: true });
    }
    const known = [...supported].map(([url, methods]) => [url, [...methods].sort()] as const);
    for (const [url, methods] of known) {
      const allow = methods.join(', ');
      allowed.set(url, allow);
      const message = `This URL does not support the method. It supports ${allow}.`;
      fastify.route({
        url,
        method: ROUTED.filter((method) => !methods.includes(method) || !fastify.hasRoute({ url, method })),
        // Before the body is parsed: its errors are not the client's problem here.
        onRequest: (_request, reply) => void reply.code(405).header('allow', allow).send(badRequest(message)),
        handler: () => undefined,
      });
    }
  };
}
