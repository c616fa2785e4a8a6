import { AsyncLocalStorage } from 'node:async_hooks';
import type { FastifyRequest } from 'fastify';

/**
 * The header with the number of milliseconds that the caller waits for the response. It is a duration, as gRPC's
 * `grpc-timeout`, so that clocks may differ.
 */
export const TIMEOUT_HEADER = 'x-timeout-ms';

const LONGEST_MS = 600_000;

/** The sender of the current request. */
export interface Caller {
  /** In milliseconds since 1970. Undefined without the header. */
  readonly deadline: number | undefined;
  /** Whether its connection is closed. */
  hasLeft(): boolean;
}

const storage = new AsyncLocalStorage<Caller>();

/** The caller's deadline in milliseconds since 1970. Undefined without the header. */
export function deadlineOf({ headers }: FastifyRequest): number | undefined {
  const timeoutMs = Number(headers[TIMEOUT_HEADER]);
  return timeoutMs > 0 && timeoutMs <= LONGEST_MS ? Date.now() + timeoutMs : undefined;
}

/** The caller that this code runs for. Undefined outside of a request. */
export function currentCaller(): Caller | undefined {
  return storage.getStore();
}

/** Runs `work`, and everything that it starts, for the sender of the request. */
export function forCallerOf<T>(request: FastifyRequest, work: () => T): T {
  const caller = { deadline: deadlineOf(request), hasLeft: () => request.raw.socket.destroyed };
  return storage.run(caller, work);
}
