import { CursorCodec } from '@kit/service';
import { keysetPage, type KeysetPage, type PageRequest, type Walk } from '@kit/subgraph';
import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository } from 'typeorm';
import type { SubscriberEntity } from '../subscriber.entity.js';
import { SubscriberHistoryEntity } from './subscriber-history.entity.js';

/** A change, as GraphQL shows it. */
export type HistoryEntry = Omit<SubscriberHistoryEntity, 'subscriberId'>;

/** Reads the history of a subscriber, newest first. */
@Injectable()
export class SubscriberHistory {
  constructor(
    @InjectRepository(SubscriberHistoryEntity) private readonly history: Repository<SubscriberHistoryEntity>,
    private readonly cursors: CursorCodec,
  ) {}

  /** @throws InvalidCursor if the cursor is damaged or belongs to another subscriber */
  page(subscriber: SubscriberEntity, request: PageRequest): Promise<KeysetPage<HistoryEntry>> {
    const list = {
      scope: `history of ${subscriber.id}`,
      positionOf: ({ revision }: HistoryEntry) => revision,
      walk: (walk: Walk<number>) => this.walk(subscriber, walk),
    };
    return keysetPage(list, request, this.cursors);
  }

  private async walk(
    subscriber: SubscriberEntity,
    { backward, from, inclusive, limit }: Walk<number>,
  ): Promise<HistoryEntry[]> {
    const query = this.history
      .createQueryBuilder('h')
      .where('h.subscriberId = :id', { id: subscriber.id })
      .orderBy('h.revision', backward ? 'ASC' : 'DESC')
      .limit(limit);
    const comparison = `${backward ? '>' : '<'}${inclusive ? '=' : ''}`;
    if (from !== null) query.andWhere(`h.revision ${comparison} :from`, { from });
    const changes: HistoryEntry[] = await query.getMany();
    const addition = additionOf(subscriber);
    if (backward) {
      const fromTheStart = from === null || (inclusive && from <= addition.revision);
      return [...(fromTheStart ? [addition] : []), ...changes].slice(0, limit);
    }
    const reachesAddition =
      from === null || from > addition.revision || (inclusive && from === addition.revision);
    return [...changes, ...(reachesAddition ? [addition] : [])].slice(0, limit);
  }
}

/** The first entry, which is stored in the subscriber's row. */
function additionOf({ addedAt, addedById, source }: SubscriberEntity): HistoryEntry {
  return { revision: 1, at: addedAt, kind: 'ADDED', byUserId: addedById, source, changed: [], reason: null };
}
