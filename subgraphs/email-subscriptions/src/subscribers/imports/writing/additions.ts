import { EventLog } from '@kit/event-log';
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Suppressions } from '../../keys/suppressions.js';
import { eventKindOf } from '../../life/transitions.js';
import type { SubscriberStatus } from '../../subscriber-status.js';
import { appendTagChanges } from '../../tags/tag-changes.js';
import type { ImportEntity } from '../import.entity.js';
import { BATCH_TABLE } from './batch-table.js';

interface Added {
  readonly status: SubscriberStatus;
  /** In the order of the file. */
  readonly ids: string[];
}

/** Adds the rows whose address is not on the list. */
@Injectable()
export class Additions {
  constructor(
    private readonly eventLog: EventLog,
    private readonly suppressions: Suppressions,
  ) {}

  /** @returns how many rows were added, and how many have an address that was erased before */
  async add(
    manager: EntityManager,
    job: ImportEntity,
  ): Promise<{ readonly added: number; readonly suppressed: number }> {
    const now = new Date();
    const added = await this.insert(manager, job, now);
    // After the insert, which waits for concurrent erasures of the same addresses.
    const { removed, rows: suppressed } = await this.removeSuppressed(manager);
    let count = 0;
    for (const { status, ids } of added) {
      const subjectIds = ids.filter((id) => !removed.has(id));
      await this.eventLog.recordBulk(manager, {
        kind: eventKindOf('ADDED'),
        subjectIds,
        occurredAt: now,
        detail: { before: null, after: status },
      });
      count += subjectIds.length;
    }
    await manager.query(
      `WITH added AS (
         SELECT '{}'::text[] AS tags_before, s.tags AS tags_after
           FROM ${BATCH_TABLE} AS s JOIN subscribers USING (id) WHERE s.tags <> '{}'
       ) ${appendTagChanges('added')}`,
    );
    return { added: count, suppressed };
  }

  private insert(
    manager: EntityManager,
    { createdById, consentText, fileName }: ImportEntity,
    now: Date,
  ): Promise<Added[]> {
    const consent = consentText === null ? null : statedByImport(consentText, fileName, now);
    return manager.query<Added[]>(
      `WITH added AS (
         INSERT INTO subscribers (id, email, email_normalized, name, search_text, status, added_by, added_at, source,
           tags, attributes, consent, confirmed_at, pending_since, bounced_at, unsubscribed_at, complained_at,
           updated_at)
         SELECT id, email, email_normalized, name, search_text, status, $1, coalesce(added_at, $2), 'IMPORT',
           tags, attributes, $3, confirmed_at, pending_since, bounced_at, unsubscribed_at, complained_at, $2
         FROM ${BATCH_TABLE} WHERE email IS NOT NULL ORDER BY line
         ON CONFLICT (email_normalized) DO NOTHING
         RETURNING id, status
       )
       SELECT status, array_agg(id ORDER BY id) AS ids FROM added GROUP BY status ORDER BY status`,
      [createdById, now, consent],
    );
  }

  private async removeSuppressed(
    manager: EntityManager,
  ): Promise<{ readonly removed: ReadonlySet<string>; readonly rows: number }> {
    if (!(await this.suppressions.exist(manager))) return { removed: new Set(), rows: 0 };
    const added = await manager.query<{ id: string; email: string }[]>(
      `SELECT id, s.email_normalized AS email FROM ${BATCH_TABLE} AS s JOIN subscribers USING (id)`,
    );
    const suppressed = await this.suppressions.among(
      manager,
      added.map(({ email }) => email),
    );
    if (suppressed.size === 0) return { removed: new Set(), rows: 0 };
    const removed = added.filter(({ email }) => suppressed.has(email)).map(({ id }) => id);
    await manager.query('DELETE FROM subscribers WHERE id = ANY ($1)', [removed]);
    // Also those that repeat the address.
    const [{ rows }] = await manager.query<[{ rows: number }]>(
      `SELECT count(*)::int AS rows FROM ${BATCH_TABLE}
        WHERE email IS NOT NULL AND email_normalized = ANY ($1)`,
      [[...suppressed]],
    );
    return { removed: new Set(removed), rows };
  }
}

function statedByImport(text: string, origin: string, now: Date): object {
  return { givenAt: now.toISOString(), method: 'STATED_BY_IMPORT', ip: null, userAgent: null, origin, text };
}
