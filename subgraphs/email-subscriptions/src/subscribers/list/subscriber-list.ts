import { EventLog } from '@kit/event-log';
import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { Repository } from 'typeorm';
import { CursorCodec } from '@kit/service';
import { keysetPage, type KeysetPage, type PageRequest, type Walk } from '@kit/subgraph';

import { whereMatches, type SubscriberFilter } from './subscriber-filter.js';
import { positionOf, reversed, SORT_KEY, type Position, type SubscriberOrder } from './subscriber-order.js';
import { SubscriberEntity } from '../subscriber.entity.js';

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

  /** The exact number of subscribers that match the filter. It scans all of them. */
  count(filter: SubscriberFilter): Promise<number> {
    const query = this.subscribers.createQueryBuilder('s');
    whereMatches(query, filter);
    return query.getCount();
  }

  private walk(
    filter: SubscriberFilter,
    order: SubscriberOrder,
    { backward, from, inclusive, limit }: Walk<Position>,
  ): Promise<SubscriberEntity[]> {
    const { field, direction } = backward ? reversed(order) : order;
    const key = `s.${SORT_KEY[field]}`;
    const query = this.subscribers
      .createQueryBuilder('s')
      .orderBy(key, direction)
      .addOrderBy('s.id', direction)
      .limit(limit);
    whereMatches(query, filter);
    if (from) {
      const comparison = `${direction === 'ASC' ? '>' : '<'}${inclusive ? '=' : ''}`;
      query.andWhere(`(${key}, s.id) ${comparison} (:key, :id)`, { key: from[0], id: from[1] });
    }
    return query.getMany();
  }
}
