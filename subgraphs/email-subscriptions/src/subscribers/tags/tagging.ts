import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager, type SelectQueryBuilder } from 'typeorm';
import { MOST_TAGS, MOST_TAGS_RULE, parseTags } from '../details.js';
import type { Actor } from '../life/actor.js';
import {
  type FilterFields,
  parseFilter,
  type SubscriberFilter,
  whereMatches,
} from '../list/subscriber-filter.js';
import { invalidInput, type SubscriberError } from '../subscriber-error.js';
import { SubscriberEntity } from '../subscriber.entity.js';
import { TaggingBatch } from './tagging-batch.js';

/** The number of subscribers that one call changes. */
const MOST_CHANGES = 10_000;

/** The number of subscribers that one transaction changes. Others wait for their locks meanwhile. */
const BATCH = 500;

export interface TaggingFields {
  readonly filter: FilterFields;
  readonly add?: readonly string[] | null;
  readonly remove?: readonly string[] | null;
}

export interface TaggingResult {
  readonly changed: number;
  readonly remaining: boolean;
  readonly userErrors: SubscriberError[];
}

/** The tags to add and to remove, without those in both, which are removed. */
export interface TagEdit {
  readonly add: readonly string[];
  readonly remove: readonly string[];
}

/** The number of tags after the change, in SQL. */
const TAGS_AFTER = `(SELECT count(DISTINCT tag) FROM unnest(s.tags || :add::text[]) AS tag WHERE tag <> ALL (:remove))`;

/** Adds tags to all subscribers that a filter matches, or removes them. */
@Injectable()
export class Tagging {
  constructor(
    private readonly dataSource: DataSource,
    private readonly batch: TaggingBatch,
  ) {}

  /**
   * Changes at most 10,000 subscribers, in transactions of 500, in the order of their ids, so that concurrent calls
   * cannot deadlock. Subscribers who would get too many tags stay as they are. The call that finds no others to change
   * reports them.
   * @throws InvalidFilter
   */
  async tag(fields: TaggingFields, actor: Actor): Promise<TaggingResult> {
    const filter = parseFilter(fields.filter);
    const parsed = parseEdit(fields);
    if ('errors' in parsed) return { changed: 0, remaining: false, userErrors: parsed.errors };
    const { edit } = parsed;
    let changed = 0;
    for (let after: string | null = null; changed < MOST_CHANGES;) {
      const limit = Math.min(BATCH, MOST_CHANGES - changed);
      const ids: string[] = await this.dataSource.transaction(async (manager) => {
        const locked = await this.lockNext(manager, filter, edit, after, limit);
        await this.batch.write(manager, locked, edit, actor);
        return locked;
      });
      changed += ids.length;
      if (ids.length < limit)
        return { changed, remaining: false, userErrors: await this.excess(filter, edit) };
      after = ids.at(-1)!;
    }
    const remaining = await this.find(this.dataSource.manager, filter, edit, 'changeable').getExists();
    return { changed, remaining, userErrors: remaining ? [] : await this.excess(filter, edit) };
  }

  private async lockNext(
    manager: EntityManager,
    filter: SubscriberFilter,
    edit: TagEdit,
    after: string | null,
    limit: number,
  ): Promise<string[]> {
    const query = this.find(manager, filter, edit, 'changeable')
      .select('s.id', 'id')
      .orderBy('s.id')
      .limit(limit)
      .setLock('for_no_key_update');
    if (after !== null) query.andWhere('s.id > :after', { after });
    const rows = await query.getRawMany<{ id: string }>();
    return rows.map(({ id }) => id);
  }

  private async excess(filter: SubscriberFilter, edit: TagEdit): Promise<SubscriberError[]> {
    const some = await this.find(this.dataSource.manager, filter, edit, 'excessive').getExists();
    return some
      ? [invalidInput('add', `${MOST_TAGS_RULE} Some already have too many for this and did not change.`)]
      : [];
  }

  /** The subscribers whose tags differ from the result, and have room for it or not. */
  private find(
    manager: EntityManager,
    filter: SubscriberFilter,
    edit: TagEdit,
    which: 'changeable' | 'excessive',
  ): SelectQueryBuilder<SubscriberEntity> {
    const query = manager
      .createQueryBuilder(SubscriberEntity, 's')
      .where('s.erasedAt IS NULL')
      .andWhere('(NOT s.tags @> :add OR s.tags && :remove)', edit)
      .andWhere(`${TAGS_AFTER} ${which === 'changeable' ? '<=' : '>'} ${MOST_TAGS}`, edit);
    whereMatches(query, filter);
    return query;
  }
}

function parseEdit({ add, remove }: TaggingFields): { edit: TagEdit } | { errors: SubscriberError[] } {
  const [added, removed] = [parseTags(add ?? []), parseTags(remove ?? [])];
  const errors: SubscriberError[] = [];
  if (added.fault !== null) errors.push(invalidInput('add', added.fault));
  if (removed.fault !== null) errors.push(invalidInput('remove', removed.fault));
  if (added.fault !== null || removed.fault !== null) return { errors };
  if (added.value.length + removed.value.length === 0) {
    return { errors: [invalidInput('add', 'Use at least one tag to add or remove.')] };
  }
  return {
    edit: { add: added.value.filter((tag) => !removed.value.includes(tag)), remove: removed.value },
  };
}
