import type { FastifyReply, FastifyRequest } from 'fastify';
import type { FormattedExecutionResult } from 'graphql';

/** An HTTP address of the deployable, beside `/graphql`. It counts towards the load of the gateway. */
export interface GatewayRoute {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** The path, as Fastify takes it: `/confirm/:token`. */
  readonly path: string;
  /** Whether pages of any origin may call it. Default: only those that may call `/graphql`. */
  readonly anyOrigin?: boolean | undefined;
  /** Sends the response, or returns its body. */
  handle(request: FastifyRequest, reply: FastifyReply, gateway: RouteGateway): Promise<unknown>;
}

/** The functions of the gateway that a route can use. */
export interface RouteGateway {
  /**
   * Executes a query or, unless the request is a GET or HEAD, a mutation as the caller of the request, through the whole pipeline: access token, rate limit,
   * limits and authorization. With `persistedOperations`, the document must be in the manifest.
   * @returns the result; all errors are in it, such as `RATE_LIMITED` and `UNAUTHENTICATED`
   */
  execute(
    document: string,
    variables: Record<string, unknown>,
    request: FastifyRequest,
  ): Promise<FormattedExecutionResult>;
}
