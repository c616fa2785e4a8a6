import type { FastifyRequest } from 'fastify';

/**
 * The header by which the gateway tells a subgraph for how many milliseconds somebody waits for the answer. It says
 * how long, not until when, so that clocks need not agree (as gRPC's `grpc-timeout`).
 */
export const TIMEOUT_HEADER = 'x-timeout-ms';

const LONGEST_MS = 600_000;

/** When nobody waits for the answer any more, in milliseconds since 1970; undefined when the caller did not say. */
export function deadlineOf({ headers }: FastifyRequest): number | undefined {
  const timeoutMs = Number(headers[TIMEOUT_HEADER]);
  return timeoutMs > 0 && timeoutMs <= LONGEST_MS ? Date.now() + timeoutMs : undefined;
}
