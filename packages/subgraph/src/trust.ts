import {
  type AuthContext,
  TXN_TOKEN_HEADER,
  txnTokenKey,
  UNTRUSTED_CALLER,
  UntrustedCallerError,
  verifyTxnToken,
} from '@kit/auth';
import { GRAPHQL_PATH } from '@kit/service';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';

/** Verifies a transaction token. @throws UntrustedCallerError */
export type TokenVerifier = (token: unknown) => AuthContext;

/** Verifies tokens for one subgraph with its current secret and, during a rotation, the previous one. */
export function tokenVerifier(
  subgraph: string,
  secrets: { TXN_TOKEN_SECRET: string; TXN_TOKEN_SECRET_PREVIOUS?: string | undefined },
): TokenVerifier {
  const keys = [secrets.TXN_TOKEN_SECRET, secrets.TXN_TOKEN_SECRET_PREVIOUS]
    .filter((secret) => secret !== undefined)
    .map(txnTokenKey);
  return (token) => verifyTxnToken(token, subgraph, keys);
}

const authContexts = new WeakMap<FastifyRequest, AuthContext>();

/**
 * Rejects requests to the GraphQL endpoint that the gateway has not signed, before GraphQL runs.
 * @param others further routes that only the gateway may use
 */
export function rejectUntrustedCallers(
  fastify: FastifyInstance,
  verify: TokenVerifier,
  logger: Logger,
  others: readonly string[] = [],
): void {
  const guarded: ReadonlySet<string | undefined> = new Set([GRAPHQL_PATH, ...others]);
  fastify.addHook('onRequest', (request, reply, done) => {
    // The route, not the URL: the router also matches `/%67raphql`.
    if (!guarded.has(request.routeOptions.url)) return done();
    try {
      authContexts.set(request, verify(request.headers[TXN_TOKEN_HEADER]));
      done();
    } catch (error) {
      if (!(error instanceof UntrustedCallerError)) throw error;
      logger.warn({ requestId: request.id, why: error.message }, 'untrusted caller rejected');
      void reply.status(401).send({ errors: [UNTRUSTED_CALLER] });
    }
  });
}

/** The caller of a request to the GraphQL endpoint. */
export function authContextOf(request: FastifyRequest): AuthContext {
  const auth = authContexts.get(request);
  if (!auth) throw new Error('the transaction token of a request has not been verified');
  return auth;
}
