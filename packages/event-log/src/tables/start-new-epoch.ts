import type { DataSource } from 'typeorm';

/**
 * Starts a new epoch: all cursors expire, and watchers have to list again. It is for a database that was restored to an
 * earlier state, where a number could otherwise stand for two events.
 * @returns the new epoch
 */
export async function startNewEpoch(dataSource: DataSource): Promise<string> {
  return dataSource.transaction(async (manager) => {
    // The relay takes its locks in the same order. Another order could deadlock with it.
    await manager.query('LOCK TABLE event_log IN ACCESS EXCLUSIVE MODE');
    const [[state]]: [[{ epoch: string }]] = await manager.query(
      `UPDATE event_log_state
       SET epoch = left(replace(gen_random_uuid()::text, '-', ''), 12), trimmed_seq = last_seq
       RETURNING epoch`,
    );
    await manager.query('TRUNCATE event_log');
    return state.epoch;
  });
}
