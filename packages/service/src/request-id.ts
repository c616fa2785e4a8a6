import { AsyncLocalStorage } from 'node:async_hooks';
import { randomBytes } from 'node:crypto';

/** The header with a request's id, from the gateway to the subgraphs and back to the client. */
export const REQUEST_ID_HEADER = 'x-request-id';

const PROCESS = randomBytes(9).toString('base64url');
let count = 0;

const storage = new AsyncLocalStorage<string>();

/** The id of the request that this code runs for. Every log line has it. */
export function currentRequestId(): string | undefined {
  return storage.getStore();
}

/** Runs `work`, and everything that it starts, with this request id. */
export function withRequestId<T>(id: string, work: () => T): T {
  return storage.run(id, work);
}

/** A unique id: a random part for the process, and a counter. */
export function newRequestId(): string {
  count += 1;
  return `${PROCESS}-${count.toString(36)}`;
}

/** The id if it has 1 to 64 letters, digits, `_` and `-`. */
export function wellFormedRequestId(id: unknown): string | undefined {
  return typeof id === 'string' && /^[\w-]{1,64}$/.test(id) ? id : undefined;
}
