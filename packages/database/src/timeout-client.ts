import { Client } from 'pg';

/** The message of pg's error after `query_timeout`. */
export const QUERY_TIMED_OUT = 'Query read timeout';

/**
 * A connection that is destroyed when a query times out. pg itself only stops waiting: the connection returns to the
 * pool with its transaction open, and the next user of the connection would commit it.
 */
export class TimeoutClient extends Client {
  // oxlint-disable-next-line typescript/no-explicit-any -- pg's method has many overloads
  override query(...args: any[]): any {
    const result: unknown = super.query(...(args as Parameters<Client['query']>));
    if (result instanceof Promise) result.catch((error: Error) => this.destroyAfterTimeout(error));
    return result;
  }

  private destroyAfterTimeout({ message }: Error): void {
    if (message === QUERY_TIMED_OUT) this.connection.stream.destroy();
  }
}
