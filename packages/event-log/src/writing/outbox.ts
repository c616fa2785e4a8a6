import type { EntityManager, ObjectLiteral, QueryBuilder } from 'typeorm';
import type { EventDetail } from '../logged-event.js';
import { BULK_ROW } from '../tables/bulk-outbox.entity.js';
import type { CommitListener } from './commit-listener.js';

/** An event to record. */
export interface NewEvent {
  /** Such as `note.added`. */
  readonly kind: string;
  /** By default now. */
  readonly occurredAt?: Date;
  /** Ids and enumerations only, never personal data. */
  readonly detail?: EventDetail;
}

/** Records events in the transactions of the changes that they describe, and wakes the relay after the commit. */
export class Outbox {
  constructor(private readonly commits: CommitListener) {}

  /**
   * Records an event of each subject, in one statement. It takes no lock and no number, so writers do not wait for each
   * other.
   */
  async record(
    manager: EntityManager,
    event: NewEvent & { readonly subjectId: string | readonly string[] },
  ): Promise<void> {
    const { kind, subjectId, occurredAt = new Date(), detail } = event;
    await manager.query(
      `INSERT INTO outbox (type, subject_id, occurred_at, detail)
       SELECT $1, id, $2, $3 FROM unnest($4::uuid[]) WITH ORDINALITY AS given (id, place) ORDER BY place`,
      [kind, occurredAt, detail, [subjectId].flat()],
    );
    this.commits.wakeAfterCommit(manager);
  }

  /**
   * Records an event of each subject of a bulk job, in their order and in one statement. It writes one row for each
   * `BULK_ROW` events.
   */
  async recordBulk(
    manager: EntityManager,
    event: NewEvent & { readonly subjectIds: readonly string[] },
  ): Promise<void> {
    const { kind, subjectIds, occurredAt = new Date(), detail } = event;
    if (subjectIds.length === 0) return;
    await manager.query(
      `INSERT INTO outbox_bulk (type, subject_ids, occurred_at, detail)
       SELECT $1, array_agg(id ORDER BY place), $2, $3
       FROM unnest($4::uuid[]) WITH ORDINALITY AS given (id, place)
       GROUP BY (place - 1) / $5::int ORDER BY (place - 1) / $5::int`,
      [kind, occurredAt, detail, subjectIds, BULK_ROW],
    );
    this.commits.wakeAfterCommit(manager);
  }

  /**
   * Runs an insert, update or delete, and records an event for each of its rows, in one statement.
   * @param change must return the rows' `id`
   * @returns the ids of the rows
   */
  async recordEach<Row extends ObjectLiteral>(
    manager: EntityManager,
    change: QueryBuilder<Row>,
    { kind, occurredAt = new Date(), detail }: NewEvent,
  ): Promise<string[]> {
    const [statement, parameters] = change.getQueryAndParameters();
    const next = parameters.length + 1;
    const rows: { subject_id: string }[] = await manager.query(
      `WITH changed AS (${statement})
       INSERT INTO outbox (type, subject_id, occurred_at, detail)
       SELECT $${next}, id, $${next + 1}, $${next + 2} FROM changed
       RETURNING subject_id`,
      [...parameters, kind, occurredAt, detail],
    );
    if (rows.length > 0) this.commits.wakeAfterCommit(manager);
    return rows.map(({ subject_id }) => subject_id);
  }
}
