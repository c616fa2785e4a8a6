import { AsyncLocalStorage } from 'node:async_hooks';
import type { FastifyRequest } from 'fastify';

/**
 * The header by which the gateway tells a subgraph for how many milliseconds somebody waits for the answer. It says
 * how long, not until when, so that clocks need not agree (as gRPC's `grpc-timeout`).
 */
export const TIMEOUT_HEADER = 'x-timeout-ms';

const LONGEST_MS = 600_000;

/** Who waits for an answer. */
export interface Caller {
  /** When they wait no longer, in milliseconds since 1970; undefined when they did not say. */
  readonly deadline: number | undefined;
  /** Whether their connection is gone. */
  hasLeft(): boolean;
}

const storage = new AsyncLocalStorage<Caller>();

/** When nobody waits for the answer any more, in milliseconds since 1970; undefined when the caller did not say. */
export function deadlineOf({ headers }: FastifyRequest): number | undefined {
  const timeoutMs = Number(headers[TIMEOUT_HEADER]);
  return timeoutMs > 0 && timeoutMs <= LONGEST_MS ? Date.now() + timeoutMs : undefined;
}

/** Who waits for what this code does; undefined when that is nobody's request. */
export function currentCaller(): Caller | undefined {
  return storage.getStore();
}

/** Runs `work`, and all that it starts, for whoever sent the request. */
export function forCallerOf<T>(request: FastifyRequest, work: () => T): T {
  const caller = { deadline: deadlineOf(request), hasLeft: () => request.raw.socket.destroyed };
  return storage.run(caller, work);
}
