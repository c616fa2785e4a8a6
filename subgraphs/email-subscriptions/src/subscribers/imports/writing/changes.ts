import { EventLog } from '@kit/event-log';
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { MOST_TAGS_RULE } from '../../details.js';
import { SubscriberChanges } from '../../life/subscriber-changes.js';
import { eventKindOf, transitionOf, type TransitionName } from '../../life/transitions.js';
import type { SubscriberStatus } from '../../subscriber-status.js';
import { appendTagChanges } from '../../tags/tag-changes.js';
import type { ImportEntity } from '../import.entity.js';
import { BATCH_TABLE } from './batch-table.js';
import { storeRejections } from './rejections.js';
import {
  edits,
  type ExistingRow,
  existingRows,
  restricts,
  searchTextAfter,
  verdictOf,
} from './existing-rows.js';

/** The transitions that a status in a file causes. */
const RESTRICTIONS = [
  ['BOUNCED', 'BOUNCE', 'bounced_at'],
  ['UNSUBSCRIBED', 'UNSUBSCRIBE', 'unsubscribed_at'],
  ['COMPLAINED', 'COMPLAIN', 'complained_at'],
] as const satisfies readonly (readonly [SubscriberStatus, TransitionName, string])[];

/** Changes the subscribers whose addresses are in the file. */
@Injectable()
export class Changes {
  constructor(
    private readonly eventLog: EventLog,
    private readonly changes: SubscriberChanges,
  ) {}

  /**
   * @param rejectedBefore how many rows of the import were rejected
   * @returns what became of the rows whose address is on the list
   */
  async apply(manager: EntityManager, job: ImportEntity, rejectedBefore: number) {
    const rows = await existingRows(manager, job.id, { lock: true });
    const rejected = rows.filter((row) => verdictOf(row) === 'rejected');
    const accepted = rows.filter((row) => verdictOf(row) === 'updated');
    await storeRejections(manager, job.id, rejected.map(rejectionOf), rejectedBefore);
    await this.edit(manager, job, accepted.filter(edits));
    for (const [status, transition, column] of RESTRICTIONS) {
      const restricted = accepted.filter((row) => row.status === status && restricts(row));
      await this.restrict(manager, job, restricted, { transition, column });
    }
    const count = (verdict: string) => rows.filter((row) => verdictOf(row) === verdict).length;
    return { updated: accepted.length, suppressed: count('suppressed'), rejected: rejected.length };
  }

  private async edit(manager: EntityManager, job: ImportEntity, rows: readonly ExistingRow[]): Promise<void> {
    if (rows.length === 0) return;
    const now = new Date();
    await manager.query(
      `WITH given AS (
         SELECT * FROM unnest($1::int[], $2::uuid[], $3::text[], $4::jsonb[]) AS g (line, id, search_text, changed)
       ), edited AS (
         UPDATE subscribers AS e SET
           name = coalesce(s.name, e.name),
           search_text = coalesce(g.search_text, e.search_text),
           tags = CASE WHEN s.tags <@ e.tags THEN e.tags
             ELSE ARRAY(SELECT tag FROM unnest(e.tags || s.tags) AS tag GROUP BY tag ORDER BY tag COLLATE "C") END,
           attributes = e.attributes || s.attributes,
           updated_at = $5, revision = e.revision + 1
         FROM given AS g JOIN ${BATCH_TABLE} AS s USING (line)
         WHERE e.id = g.id
         RETURNING e.id, e.revision, e.tags, g.changed
       ), history AS (
         INSERT INTO subscriber_history (subscriber_id, revision, at, kind, by_user, source, changed)
         SELECT id, revision, $5, 'UPDATED', $6, 'IMPORT', ARRAY(SELECT jsonb_array_elements_text(changed))
           FROM edited
       ), tag_rows AS (
         SELECT e.tags AS tags_before, edited.tags AS tags_after
           FROM edited JOIN subscribers AS e USING (id) WHERE e.tags <> edited.tags
       ) ${appendTagChanges('tag_rows')}`,
      [
        rows.map(({ line }) => line),
        rows.map(({ id }) => id),
        rows.map((row) => (row.hasName ? searchTextAfter(row) : null)),
        rows.map((row) => JSON.stringify(changedFields(row))),
        now,
        job.createdById,
      ],
    );
    await this.record(manager, 'EDIT', rows, (row) => row.before, now);
  }

  private async restrict(
    manager: EntityManager,
    job: ImportEntity,
    rows: readonly ExistingRow[],
    { transition, column }: { readonly transition: TransitionName; readonly column: string },
  ): Promise<void> {
    if (rows.length === 0) return;
    const now = new Date();
    await manager.query(
      `WITH given AS (SELECT * FROM unnest($1::int[], $2::uuid[]) AS g (line, id)),
       restricted AS (
         UPDATE subscribers AS e SET ${column} = s.${column}, status = s.status,
           updated_at = $3, revision = e.revision + 1
         FROM given AS g JOIN ${BATCH_TABLE} AS s USING (line)
         WHERE e.id = g.id
         RETURNING e.id, e.revision
       )
       INSERT INTO subscriber_history (subscriber_id, revision, at, kind, by_user, source)
       SELECT id, revision, $3, $4, $5, 'IMPORT' FROM restricted`,
      [
        rows.map(({ line }) => line),
        rows.map(({ id }) => id),
        now,
        transitionOf(transition).kind,
        job.createdById,
      ],
    );
    await this.changes.endConfirmations(manager, transition, rows);
    await this.record(manager, transition, rows, (row) => row.status, now);
  }

  /** Records one event of each row, for each pair of statuses. */
  private async record(
    manager: EntityManager,
    transition: TransitionName,
    rows: readonly ExistingRow[],
    after: (row: ExistingRow) => SubscriberStatus,
    occurredAt: Date,
  ): Promise<void> {
    for (const before of new Set(rows.map((row) => row.before))) {
      const group = rows.filter((row) => row.before === before);
      await this.eventLog.recordBulk(manager, {
        kind: eventKindOf(transitionOf(transition).kind),
        subjectIds: group.map(({ id }) => id),
        occurredAt,
        detail: { before, after: after(group[0]!) },
      });
    }
  }
}

function changedFields({ hasName, hasTags, hasAttributes }: ExistingRow): string[] {
  return [
    ...(hasName ? ['name'] : []),
    ...(hasTags ? ['tags'] : []),
    ...(hasAttributes ? ['attributes'] : []),
  ];
}

function rejectionOf({ line, tooManyTags }: ExistingRow) {
  const message = tooManyTags
    ? MOST_TAGS_RULE
    : 'Use attributes of at most 16 KiB of JSON, together with those on the list.';
  return { line, column: null, code: 'INVALID_INPUT' as const, message, value: null };
}
