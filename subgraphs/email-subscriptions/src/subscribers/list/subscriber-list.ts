import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository, type SelectQueryBuilder } from 'typeorm';
import { CursorCodec } from '@supergraph/service/pagination/cursor-codec';
import type { PageRequest } from '@supergraph/service/pagination/page-request';
import { SubscriberStream } from '../stream/subscriber-stream.js';
import { whereMatches, type SubscriberFilter } from './subscriber-filter.js';
import { positionOf, reversed, SORT_KEY, type Position, type SubscriberOrder } from './subscriber-order.js';
import { SubscriberEntity } from '../subscriber.entity.js';

/** One page of the list, in the list's order whichever way it was paged. */
export interface SubscriberPage {
  readonly nodes: SubscriberEntity[];
  readonly edges: { readonly node: SubscriberEntity; readonly cursor: string }[];
  readonly pageInfo: {
    readonly hasNextPage: boolean;
    readonly hasPreviousPage: boolean;
    readonly startCursor: string | null;
    readonly endCursor: string | null;
  };
  /** Where the event stream stood before the page was read. */
  readonly streamCursor: string;
  /** What the page is a page of. */
  readonly filter: SubscriberFilter;
}

/** The list by keyset pagination: each page is one walk along an index, however deep it lies. */
@Injectable()
export class SubscriberList {
  constructor(
    @InjectRepository(SubscriberEntity) private readonly subscribers: Repository<SubscriberEntity>,
    private readonly cursors: CursorCodec,
    private readonly stream: SubscriberStream,
  ) {}

  /** @throws InvalidCursor when the cursor belongs to another filter or order, or to nothing */
  async page(
    filter: SubscriberFilter,
    order: SubscriberOrder,
    request: PageRequest,
  ): Promise<SubscriberPage> {
    const scope = JSON.stringify(['subscribers', filter, order.field, order.direction]);
    const from =
      request.cursor === null ? null : (JSON.parse(this.cursors.decode(scope, request.cursor)) as Position);
    const forward = request.direction === 'forward';
    const along = forward ? order : reversed(order);

    const streamCursor = this.stream.current();
    // One row more than asked for tells whether the list goes on; one look back tells whether it began before.
    const [rows, behind] = await Promise.all([
      this.walk(filter, along, from, 'beyond')
        .limit(request.size + 1)
        .getMany(),
      from === null ? [] : this.walk(filter, reversed(along), from, 'from').limit(1).getMany(),
    ]);
    const goesOn = rows.length > request.size;
    const began = behind.length > 0;
    const nodes = rows.slice(0, request.size);
    if (!forward) nodes.reverse();

    const edges = nodes.map((node) => ({
      node,
      cursor: this.cursors.encode(scope, JSON.stringify(positionOf(node, order))),
    }));
    return {
      nodes,
      edges,
      pageInfo: {
        hasNextPage: forward ? goesOn : began,
        hasPreviousPage: forward ? began : goesOn,
        startCursor: edges[0]?.cursor ?? null,
        endCursor: edges.at(-1)?.cursor ?? null,
      },
      streamCursor,
      filter,
    };
  }

  /** How many pass the filter: exact, and so a walk over all of them. */
  count(filter: SubscriberFilter): Promise<number> {
    const query = this.subscribers.createQueryBuilder('s');
    whereMatches(query, filter);
    return query.getCount();
  }

  private walk(
    filter: SubscriberFilter,
    { field, direction }: SubscriberOrder,
    position: Position | null,
    start: 'from' | 'beyond',
  ): SelectQueryBuilder<SubscriberEntity> {
    const key = `s.${SORT_KEY[field]}`;
    const query = this.subscribers
      .createQueryBuilder('s')
      .orderBy(key, direction)
      .addOrderBy('s.id', direction);
    whereMatches(query, filter);
    if (position) {
      const comparison = `${direction === 'ASC' ? '>' : '<'}${start === 'from' ? '=' : ''}`;
      query.andWhere(`(${key}, s.id) ${comparison} (:key, :id)`, { key: position[0], id: position[1] });
    }
    return query;
  }
}
