import { Injectable } from '@nestjs/common';
import type { EntityManager, InsertQueryBuilder, ObjectLiteral } from 'typeorm';
import type { EventType } from './event-log.js';
import { Relay } from './relay.js';
import { WakeUps } from './wake-ups.js';

/** Records events in the transactions of the changes that they describe. */
@Injectable()
export class Outbox {
  constructor(
    private readonly relay: Relay,
    private readonly wakeUps: WakeUps,
  ) {}

  /**
   * Runs an insert and records an event for each inserted row, in one statement. It takes no lock and no number, so
   * writers do not wait for each other.
   * @param insert must return the rows' `id`
   * @returns the ids of the inserted rows
   */
  async insertWithEvents<Row extends ObjectLiteral>(
    manager: EntityManager,
    insert: InsertQueryBuilder<Row>,
    type: EventType,
    occurredAt: Date,
  ): Promise<string[]> {
    const [statement, parameters] = insert.getQueryAndParameters();
    const next = parameters.length + 1;
    const rows: { subject_id: string }[] = await manager.query(
      `WITH inserted AS (${statement})
       INSERT INTO outbox (type, subject_id, occurred_at) SELECT $${next}, id, $${next + 1} FROM inserted
       RETURNING subject_id`,
      [...parameters, type, occurredAt],
    );
    return rows.map(({ subject_id }) => subject_id);
  }

  /** Call it after the commit to wake the relay, in this process or another one. Without it, the next poll finds the event. */
  committed(): void {
    if (!this.relay.wake()) this.wakeUps.notify('outbox');
  }
}
