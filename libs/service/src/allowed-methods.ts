import { METHODS } from 'node:http';
import type { FastifyInstance } from 'fastify';
import { badRequest } from './bad-request.js';

/** CONNECT is not for a path. */
const ROUTED = METHODS.filter((method) => method !== 'CONNECT');
const ANY_PATH = 'GET, HEAD, OPTIONS, POST';

/**
 * Answers the methods that a path does not take: `OPTIONS` with 204, all others with 405, both with `allow` (RFC 9110,
 * section 15.5.6). Each has a route, so that other hooks and the log know the path.
 * @returns adds those routes; to be called once all others are there
 */
export function answerOtherMethods(fastify: FastifyInstance): () => void {
  const taken = new Map<string, Set<string>>();
  fastify.addHook('onRoute', ({ url, method }) => {
    const methods = taken.get(url) ?? new Set(['OPTIONS']);
    taken.set(url, methods);
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
    const known = [...taken].map(([url, methods]) => [url, [...methods].sort()] as const);
    for (const [url, methods] of known) {
      const allow = methods.join(', ');
      allowed.set(url, allow);
      const message = `This address does not take the method. It takes ${allow}.`;
      fastify.route({
        url,
        method: ROUTED.filter((method) => !methods.includes(method) || !fastify.hasRoute({ url, method })),
        // Before the body is parsed, in which other faults would be found.
        onRequest: (_request, reply) => void reply.code(405).header('allow', allow).send(badRequest(message)),
        handler: () => undefined,
      });
    }
  };
}
