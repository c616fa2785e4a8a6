import type { EntityManager } from 'typeorm';
import type { ConsumerOptions } from '../consuming/consumer.js';
import type { LoggedEvent } from '../logged-event.js';
import { ADDED } from './notes-database.js';

export const CREATE_DAILY_COUNTS = 'CREATE TABLE daily_counts (day date PRIMARY KEY, notes int NOT NULL)';

/** Counts the notes of each day, one statement for each event. */
export async function countByDay(events: readonly LoggedEvent[], manager: EntityManager): Promise<void> {
  for (const { occurredAt } of events) {
    await manager.query(
      `INSERT INTO daily_counts (day, notes) VALUES (($1::timestamptz AT TIME ZONE 'UTC')::date, 1)
       ON CONFLICT (day) DO UPDATE SET notes = daily_counts.notes + 1`,
      [occurredAt],
    );
  }
}

export const DAILY_COUNTS: ConsumerOptions = { name: 'daily counts', kinds: [ADDED], handle: countByDay };

/** A statement that a test finds in `pg_stat_activity` while a batch is half processed. */
export const HALFWAY = 'SELECT pg_sleep(0.3)';
