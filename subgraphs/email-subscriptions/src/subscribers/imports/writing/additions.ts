import { BULK_ROW } from '@kit/event-log';
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Suppressions } from '../../keys/suppressions.js';
import { eventKindOf } from '../../life/transitions.js';
import { appendTagChanges } from '../../tags/tag-changes.js';
import type { ImportEntity } from '../import.entity.js';
import { BATCH_TABLE } from './batch-table.js';

/** Adds the rows whose address is not on the list. */
@Injectable()
export class Additions {
  constructor(private readonly suppressions: Suppressions) {}

  /** @returns how many rows were added, and how many have an address that was erased before */
  async add(
    manager: EntityManager,
    job: ImportEntity,
  ): Promise<{ readonly added: number; readonly suppressed: number }> {
    const now = new Date();
    await this.insert(manager, job, now);
    // After the insert, which waits for concurrent erasures of the same addresses.
    const suppressed = await this.removeSuppressed(manager);
    const added = await this.record(manager, now);
    await manager.query(
      `WITH added AS (
         SELECT '{}'::text[] AS tags_before, s.tags AS tags_after
           FROM ${BATCH_TABLE} AS s JOIN subscribers USING (id) WHERE s.tags <> '{}'
       ) ${appendTagChanges('added')}`,
    );
    return { added, suppressed };
  }

  private async insert(
    manager: EntityManager,
    { createdById, consentText, fileName }: ImportEntity,
    now: Date,
  ): Promise<void> {
    const consent = consentText === null ? null : statedByImport(consentText, fileName, now);
    await manager.query(
      `INSERT INTO subscribers (id, email, email_normalized, name, search_text, status, added_by, added_at, source,
         tags, attributes, consent, confirmed_at, pending_since, bounced_at, unsubscribed_at, complained_at,
         updated_at)
       SELECT id, email, email_normalized, name, search_text, status, $1, coalesce(added_at, $2), 'IMPORT',
         tags, attributes, $3, confirmed_at, pending_since, bounced_at, unsubscribed_at, complained_at, $2
       FROM ${BATCH_TABLE} WHERE email IS NOT NULL ORDER BY line
       ON CONFLICT (email_normalized) DO NOTHING`,
      [createdById, now, consent],
    );
  }

  /**
   * Records an event of each added subscriber, in SQL: thousands of ids would go to the service and back.
   * @returns how many were added
   */
  private async record(manager: EntityManager, now: Date): Promise<number> {
    const [{ added }] = await manager.query<[{ added: number }]>(
      `WITH added AS (
         SELECT id, line, s.status, row_number() OVER (PARTITION BY s.status ORDER BY line) - 1 AS place
           FROM ${BATCH_TABLE} AS s JOIN subscribers USING (id)
       ), events AS (
         INSERT INTO outbox_bulk (type, subject_ids, occurred_at, detail)
         SELECT $1, array_agg(id ORDER BY line), $2, jsonb_build_object('before', NULL, 'after', status)
           FROM added GROUP BY status, place / ${BULK_ROW} ORDER BY status, place / ${BULK_ROW}
       ) SELECT count(*)::int AS added FROM added`,
      [eventKindOf('ADDED'), now],
    );
    return added;
  }

  /** @returns how many rows of the batch have an address that was erased before */
  private async removeSuppressed(manager: EntityManager): Promise<number> {
    if (!(await this.suppressions.exist(manager))) return 0;
    const added = await manager.query<{ id: string; email: string }[]>(
      `SELECT id, s.email_normalized AS email FROM ${BATCH_TABLE} AS s JOIN subscribers USING (id)`,
    );
    const suppressed = await this.suppressions.among(
      manager,
      added.map(({ email }) => email),
    );
    if (suppressed.size === 0) return 0;
    const removed = added.filter(({ email }) => suppressed.has(email)).map(({ id }) => id);
    await manager.query('DELETE FROM subscribers WHERE id = ANY ($1)', [removed]);
    // Also those that repeat the address.
    const [{ rows }] = await manager.query<[{ rows: number }]>(
      `SELECT count(*)::int AS rows FROM ${BATCH_TABLE}
        WHERE email IS NOT NULL AND email_normalized = ANY ($1)`,
      [[...suppressed]],
    );
    return rows;
  }
}

function statedByImport(text: string, origin: string, now: Date): object {
  return { givenAt: now.toISOString(), method: 'STATED_BY_IMPORT', ip: null, userAgent: null, origin, text };
}
