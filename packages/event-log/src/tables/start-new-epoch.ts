import type { DataSource } from 'typeorm';

/**
 * Starts a new epoch: all cursors expire, and watchers have to list again. It is for a database that was restored to an
 * earlier state, where a number could otherwise stand for two events. Events are kept for consumers, whose positions are
 * in the same database and so were restored with them.
 * @returns the new epoch
 */
export async function startNewEpoch(dataSource: DataSource): Promise<string> {
  const [[state]]: [[{ epoch: string }]] = await dataSource.query(
    `UPDATE event_log_state SET epoch = left(replace(gen_random_uuid()::text, '-', ''), 12) RETURNING epoch`,
  );
  return state.epoch;
}
