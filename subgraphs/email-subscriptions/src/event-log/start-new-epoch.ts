import type { DataSource } from 'typeorm';

/**
 * Begins a new run of numbers: every cursor that was handed out expires, and all who watch are told to list again.
 * For a database that has gone back in time, where numbers would otherwise stand for two events.
 * @returns the name of the new epoch
 */
export async function startNewEpoch(dataSource: DataSource): Promise<string> {
  return dataSource.transaction(async (manager) => {
    // First, as the relay does it: a transaction that locks the other way round would deadlock with it.
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
