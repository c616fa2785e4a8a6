import { Client } from 'pg';

/** What pg says when it has waited for `query_timeout`. */
export const NOT_ANSWERED = 'Query read timeout';

/**
 * A connection that is given up with the first query that is not answered in time. pg by itself only stops waiting: the
 * connection goes back into its pool with the transaction still open, and whoever gets it next commits what somebody
 * else had begun.
 */
export class TimeoutClient extends Client {
  // oxlint-disable-next-line typescript/no-explicit-any -- pg's own has a signature for each of its ways to ask
  override query(...asked: any[]): any {
    const answer: unknown = super.query(...(asked as Parameters<Client['query']>));
    if (answer instanceof Promise) answer.catch((error: Error) => this.giveUp(error));
    return answer;
  }

  private giveUp({ message }: Error): void {
    if (message === NOT_ANSWERED) this.connection.stream.destroy();
  }
}
