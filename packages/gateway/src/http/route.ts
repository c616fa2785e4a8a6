import type { FastifyReply, FastifyRequest } from 'fastify';
import type { FormattedExecutionResult } from 'graphql';

/** An HTTP address of the deployable, beside `/graphql`. It counts towards the load of the gateway. */
export interface GatewayRoute {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** The path, as Fastify takes it: `/confirm/:token`. Log lines have this, and no value of a parameter. */
  readonly path: string;
  /**
   * The bodies that it reads. Default: `json`.
   *
   * `json`: JSON up to the limit of `/graphql`.
   *
   * `form`: forms without files, urlencoded or multipart, as `URLSearchParams`; also JSON. Up to 64 KiB and 100 fields.
   *
   * `stream`: anything, unread and without a limit, for `RouteGateway.stream`. It does not respond to HEAD.
   */
  readonly body?: 'json' | 'form' | 'stream' | undefined;
  /**
   * Whether pages of any origin may call it and read its responses, without credentials. Default: only those that may
   * call `/graphql`.
   */
  readonly anyOrigin?: boolean | undefined;
  /** Headers of its responses, also of those to a body that it does not read. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** The documents that it executes. They are allowed beside those of `persistedOperations`. */
  readonly documents?: readonly string[] | undefined;
  /** Sends the response, or returns its body. */
  handle(request: FastifyRequest, reply: FastifyReply, gateway: RouteGateway): Promise<unknown>;
}

/** The functions of the gateway that a route can use. */
export interface RouteGateway {
  /**
   * Executes a query or, unless the request is a GET or HEAD, a mutation as the caller of the request, through the whole
   * pipeline: access token, rate limit, limits and authorization. With `persistedOperations`, the document must be in the
   * manifest or in `documents` of a route.
   * @returns the result; all errors are in it, such as `RATE_LIMITED` and `UNAUTHENTICATED`
   */
  execute(
    document: string,
    variables: Record<string, unknown>,
    request: FastifyRequest,
  ): Promise<FormattedExecutionResult>;

  /**
   * Sends the request on to a path at the origin of a subgraph, and its response back, both as streams: with
   * back-pressure, in constant memory, for as long as bytes move (`limits.streamIdleMs`). The subgraph gets the token of
   * an anonymous caller, and only the type and the length of the body from the client. It counts towards the rate limit of
   * the client's address. For a route with the body `stream`.
   * @param to.path the path and the query string, encoded
   * @returns the reply, which is sent; with status 503 `SUBGRAPH_UNAVAILABLE` when the subgraph does not respond
   */
  stream(
    subgraph: string,
    to: { readonly path: string },
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<FastifyReply>;
}
