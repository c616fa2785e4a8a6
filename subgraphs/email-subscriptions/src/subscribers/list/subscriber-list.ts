import { EventLog } from '@kit/event-log';
import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { ObjectLiteral, Repository, SelectQueryBuilder } from 'typeorm';
import { CursorCodec } from '@kit/service';
import { keysetPage, type KeysetPage, type PageRequest, type Walk } from '@kit/subgraph';

import {
  hasOnly,
  isIndexed,
  NOT_ERASED,
  whereAttributesEqual,
  whereMatches,
  whereText,
  type SubscriberFilter,
} from './subscriber-filter.js';
import {
  type OrderDirection,
  positionOf,
  reversed,
  SORT_KEY,
  type Position,
  type SubscriberOrder,
} from './subscriber-order.js';
import { SubscriberFigures } from '../stats/subscriber-figures.js';
import { SUBSCRIBER_STATUSES } from '../subscriber-status.js';
import { SubscriberEntity } from '../subscriber.entity.js';
import { type CountedTag, TagList } from '../tags/tag-list.js';
import type { Count } from './subscriber-connection.type.js';
import { SubscriberTagEntity } from './subscriber-tag.entity.js';

/** The largest number of subscribers with a tag that a page sorts. More are read in the order of the list. */
const MOST_SORTED = 10_000;

/** The number of rows among which a page looks for an attribute before it uses the index of attributes. */
const LOOK_AHEAD = 5_000;

/** The largest number of subscribers that is counted for each query. */
const MOST_COUNTED = 10_000;

/** One page of the list. */
export interface SubscriberPage extends KeysetPage<SubscriberEntity> {
  /** The position of the event stream before the page was read. */
  readonly streamCursor: string;
  /** The filter of the list. */
  readonly filter: SubscriberFilter;
}

/** The list with keyset pagination: each page is one index scan, however deep the page is. */
@Injectable()
export class SubscriberList {
  constructor(
    @InjectRepository(SubscriberEntity) private readonly subscribers: Repository<SubscriberEntity>,
    private readonly cursors: CursorCodec,
    private readonly eventLog: EventLog,
    private readonly tags: TagList,
    private readonly figures: SubscriberFigures,
  ) {}

  /** @throws InvalidCursor if the cursor is damaged or belongs to another filter or order */
  async page(
    filter: SubscriberFilter,
    order: SubscriberOrder,
    request: PageRequest,
  ): Promise<SubscriberPage> {
    const streamCursor = this.eventLog.cursor();
    const list = {
      scope: JSON.stringify(['subscribers', filter, order.field, order.direction]),
      positionOf: (row: SubscriberEntity) => positionOf(row, order),
      walk: (walk: Walk<Position>) => this.walk(filter, order, walk),
    };
    return { ...(await keysetPage(list, request, this.cursors)), streamCursor, filter };
  }

  /**
   * The number of subscribers that match the filter. A number above 10,000 comes from the totals by status or tag if the
   * filter has nothing but statuses or one tag, and is not counted otherwise.
   */
  async count(filter: SubscriberFilter): Promise<Count> {
    const tag = filter.tags && (await this.rarest(filter.tags));
    const total = await this.totalOf(filter, tag);
    if (total?.precision === 'EXACT' && total.value > MOST_COUNTED) return total;
    const query = this.matching(filter, tag)
      .select('s.id')
      .limit(MOST_COUNTED + 1);
    const [statement, parameters] = query.getQueryAndParameters();
    const [{ value }] = await this.subscribers.query<[{ value: number }]>(
      `SELECT count(*)::int AS value FROM (${statement}) AS rows`,
      parameters,
    );
    if (value <= MOST_COUNTED) return { value, precision: 'EXACT' };
    if (!total) return { value: MOST_COUNTED, precision: 'AT_LEAST' };
    return { value: Math.max(total.value, MOST_COUNTED), precision: total.precision };
  }

  /** The number that is kept for a filter of nothing but statuses or one tag; null for other filters. */
  private async totalOf(filter: SubscriberFilter, tag: CountedTag | null): Promise<Count | null> {
    if (tag && filter.tags!.length === 1 && hasOnly(filter, 'tags')) {
      return { value: tag.subscribers, precision: 'EXACT' };
    }
    if (!hasOnly(filter, 'statuses')) return null;
    const { totals, isExact } = await this.figures.totals();
    const value = (filter.statuses ?? NOT_ERASED).reduce((sum, status) => sum + totals[status], 0);
    return { value, precision: isExact ? 'EXACT' : 'ESTIMATED' };
  }

  private async walk(
    filter: SubscriberFilter,
    order: SubscriberOrder,
    walk: Walk<Position>,
  ): Promise<SubscriberEntity[]> {
    const { statuses } = filter;
    const tag = filter.tags && (await this.rarest(filter.tags));
    const looksAhead = filter.attributes !== null || (filter.text !== null && !isIndexed(filter.text));
    if (looksAhead && tag === null) {
      const found = await this.firstMatches(filter, order, walk);
      if (found.length === walk.limit) return found;
    }
    if (statuses === null || statuses.length < 2 || order.field !== 'ADDED_AT') {
      return this.query(filter, order, walk, tag).getMany();
    }
    // An index has the rows of each status in the order of addition, but not those of several.
    const ofEach = statuses.map((status, n) =>
      this.query({ ...filter, statuses: SUBSCRIBER_STATUSES }, order, walk, tag)
        .select('s.id', 'id')
        .andWhere(`s.status = :status${n}`, { [`status${n}`]: status }),
    );
    const page = this.subscribers.createQueryBuilder('s').limit(walk.limit);
    page.where(`s.id IN (SELECT id FROM (${unionAll(ofEach)}) AS rows)`);
    for (const query of ofEach) page.setParameters(query.getParameters());
    return orderBy(page, keyOf(order), walk, order).getMany();
  }

  /**
   * Looks for matches among the next rows of the list. Postgres does not know how many subscribers have an attribute or a
   * text, and would read all of them for a page, although a common one is found within a few rows.
   */
  private async firstMatches(
    filter: SubscriberFilter,
    order: SubscriberOrder,
    walk: Walk<Position>,
  ): Promise<SubscriberEntity[]> {
    const { attributes, text } = filter;
    const others = { ...filter, attributes: null, text: null };
    const next = this.query(others, order, { ...walk, limit: LOOK_AHEAD }, null);
    next.select('s.id', 'id').addSelect(keyOf(order)[0], 'key');
    next.addSelect('s.attributes', 'attributes').addSelect('s.searchText', 'text');
    const found = this.subscribers.manager.createQueryBuilder().select('next.id', 'id');
    found.from(`(${next.getQuery()})`, 'next').setParameters(next.getParameters()).limit(walk.limit);
    if (attributes) whereAttributesEqual(found, 'next.attributes', attributes);
    if (text !== null) whereText(found, 'next.text', text);
    orderBy(found, ['next.key', 'next.id'], walk, order);
    const page = this.subscribers.createQueryBuilder('s');
    page.where(`s.id IN (${found.getQuery()})`).setParameters(found.getParameters());
    return orderBy(page, keyOf(order), walk, order).getMany();
  }

  /** Reads the rows of a walk. */
  private query(
    filter: SubscriberFilter,
    order: SubscriberOrder,
    walk: Walk<Position>,
    tag: CountedTag | null,
  ): SelectQueryBuilder<SubscriberEntity> {
    const isByTime = order.field === 'ADDED_AT';
    const byTag = tag && (isByTime || tag.subscribers <= MOST_SORTED) ? tag : null;
    const query = this.matching(filter, byTag).limit(walk.limit);
    const key: [string, string] = byTag && isByTime ? ['t.addedAt', 't.id'] : keyOf(order);
    const { from, inclusive } = walk;
    if (from) {
      const comparison = `${directionOf(order, walk) === 'ASC' ? '>' : '<'}${inclusive ? '=' : ''}`;
      query.andWhere(`(${key.join(', ')}) ${comparison} (:key, :id)`, { key: from[0], id: from[1] });
    }
    return orderBy(query, key, walk, order);
  }

  /** The matches of a filter. With a tag of the filter, the index of tags finds them. */
  private matching(filter: SubscriberFilter, tag: CountedTag | null): SelectQueryBuilder<SubscriberEntity> {
    const query = this.subscribers.createQueryBuilder('s');
    if (tag) {
      query.innerJoin(SubscriberTagEntity, 't', 't.id = s.id AND t.tag = :tag', { tag: tag.name });
      // Postgres would think that far fewer rows match if it read the condition twice.
      whereMatches(query, { ...filter, tags: filter.tags!.filter((name) => name !== tag.name) });
    } else {
      whereMatches(query, filter);
    }
    return query;
  }

  /** The tag with the fewest subscribers, of which a page reads some until it has found enough that match. */
  private async rarest(tags: readonly string[]): Promise<CountedTag> {
    const counts = await this.tags.counts(tags);
    return counts.reduce((one, other) => (other.subscribers < one.subscribers ? other : one));
  }
}

function unionAll(queries: readonly SelectQueryBuilder<SubscriberEntity>[]): string {
  return queries.map((query) => `(${query.getQuery()})`).join(' UNION ALL ');
}

function keyOf({ field }: SubscriberOrder): [key: string, id: string] {
  return [`s.${SORT_KEY[field]}`, 's.id'];
}

function directionOf(order: SubscriberOrder, { backward }: Walk<Position>): OrderDirection {
  return (backward ? reversed(order) : order).direction;
}

function orderBy<Row extends ObjectLiteral>(
  query: SelectQueryBuilder<Row>,
  [key, id]: [key: string, id: string],
  walk: Walk<Position>,
  order: SubscriberOrder,
): SelectQueryBuilder<Row> {
  const direction = directionOf(order, walk);
  return query.orderBy(key, direction).addOrderBy(id, direction);
}
