import { AsyncLocalStorage } from 'node:async_hooks';
import { randomBytes } from 'node:crypto';

/** The header that carries a request's id from the gateway to the subgraphs, and back to the client. */
export const REQUEST_ID_HEADER = 'x-request-id';

const PROCESS = randomBytes(9).toString('base64url');
let count = 0;

const storage = new AsyncLocalStorage<string>();

/** The id of the request that this code runs for; every log line carries it. */
export function currentRequestId(): string | undefined {
  return storage.getStore();
}

/** Runs `work`, and all that it starts, under one request id. */
export function withRequestId<T>(id: string, work: () => T): T {
  return storage.run(id, work);
}

/** An id that no other request of any process has: what names the process is random, the rest counts. */
export function newRequestId(): string {
  count += 1;
  return `${PROCESS}-${count.toString(36)}`;
}

/** Undefined unless it has the form that a caller's id must have: 1 to 64 letters, digits, `_` and `-`. */
export function wellFormedRequestId(id: unknown): string | undefined {
  return typeof id === 'string' && /^[\w-]{1,64}$/.test(id) ? id : undefined;
}
