import { Injectable } from '@nestjs/common';
import type { EntityManager, InsertQueryBuilder, ObjectLiteral } from 'typeorm';
import type { EventType } from './event-log.js';
import { Relay } from './relay.js';
import { WakeUps } from './wake-ups.js';

/** Where a change leaves its event. */
@Injectable()
export class Outbox {
  constructor(
    private readonly relay: Relay,
    private readonly wakeUps: WakeUps,
  ) {}

  /**
   * Runs an insert, and notes an event about each row that it made: one statement, so neither is there without the
   * other. It takes no lock and no number, so writers never wait for each other here.
   * @param insert must return the rows' `id`
   * @returns the ids of the rows that were made
   */
  async insertAndNote<Row extends ObjectLiteral>(
    manager: EntityManager,
    insert: InsertQueryBuilder<Row>,
    type: EventType,
    occurredAt: Date,
  ): Promise<string[]> {
    const [statement, parameters] = insert.getQueryAndParameters();
    const next = parameters.length + 1;
    const rows: { subject_id: string }[] = await manager.query(
      `WITH made AS (${statement})
       INSERT INTO outbox (type, subject_id, occurred_at) SELECT $${next}, id, $${next + 1} FROM made
       RETURNING subject_id`,
      [...parameters, type, occurredAt],
    );
    return rows.map(({ subject_id }) => subject_id);
  }

  /** To be called after commit: the relay, wherever it runs, looks at once. Without a call it looks a little later. */
  committed(): void {
    if (!this.relay.wake()) this.wakeUps.notify('outbox');
  }
}
