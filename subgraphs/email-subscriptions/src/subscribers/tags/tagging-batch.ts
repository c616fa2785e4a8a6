import { EventLog } from '@kit/event-log';
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { Actor } from '../life/actor.js';
import { eventKindOf } from '../life/transitions.js';
import type { SubscriberStatus } from '../subscriber-status.js';
import { appendTagChanges } from './tag-changes.js';

const CHANGED = `
  WITH changed AS (
    UPDATE subscribers AS s SET
      tags = ARRAY(
        SELECT DISTINCT tag COLLATE "C" FROM unnest(s.tags || $2::text[]) AS tag WHERE tag <> ALL ($3::text[]) ORDER BY 1
      ),
      updated_at = $4,
      revision = s.revision + 1
    FROM subscribers AS old WHERE old.id = s.id AND s.id = ANY ($1)
    RETURNING s.id, s.status, s.revision, old.tags AS tags_before, s.tags AS tags_after
  ), history AS (
    INSERT INTO subscriber_history (subscriber_id, revision, at, kind, by_user, source, changed)
    SELECT id, revision, $4, 'UPDATED', $5, $6, '{tags}' FROM changed
  ), counts AS (${appendTagChanges('changed')})
  SELECT status, array_agg(id ORDER BY id) AS ids FROM changed GROUP BY status`;

/** Writes the change of many subscribers' tags, as `SubscriberChanges` does for one: rows, history, counts and events. */
@Injectable()
export class TaggingBatch {
  constructor(private readonly eventLog: EventLog) {}

  /** @param ids of locked subscribers, whose tags all change and who are not erased */
  async write(
    manager: EntityManager,
    ids: readonly string[],
    { add, remove }: { readonly add: readonly string[]; readonly remove: readonly string[] },
    { userId, source }: Actor,
  ): Promise<void> {
    const now = new Date();
    const groups = await manager.query<{ status: SubscriberStatus; ids: string[] }[]>(CHANGED, [
      ids,
      add,
      remove,
      now,
      userId,
      source,
    ]);
    for (const { status, ids: subjectIds } of groups) {
      await this.eventLog.recordBulk(manager, {
        kind: eventKindOf('UPDATED'),
        subjectIds,
        occurredAt: now,
        detail: { before: status, after: status },
      });
    }
  }
}
