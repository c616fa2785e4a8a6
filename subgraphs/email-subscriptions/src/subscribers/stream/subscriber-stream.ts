import { EventLog, type EventStream, type Watch, type WatchOptions } from '@kit/event-log';
import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository } from 'typeorm';
import { eventKindOf } from '../life/transitions.js';
import { matches, whereMatches, type SubscriberFilter } from '../list/subscriber-filter.js';
import { SubscriberDirectory } from '../subscriber-directory.js';
import { SubscriberEntity } from '../subscriber.entity.js';

/** The scope of cursors. It stays as it is, since clients keep cursors. */
export const CURSOR_SCOPE = 'stream subscriberAdded';

/** The stream of additions. */
@Injectable()
export class SubscriberStream {
  private readonly additions: EventStream<SubscriberEntity>;

  constructor(
    eventLog: EventLog,
    directory: SubscriberDirectory,
    @InjectRepository(SubscriberEntity) private readonly subscribers: Repository<SubscriberEntity>,
  ) {
    this.additions = eventLog.stream({ kinds: [eventKindOf('ADDED')], load: (ids) => directory.mapOf(ids) });
  }

  /** Yields the matching additions after a cursor, in order, and then new ones. Without a cursor only new ones. */
  watch(
    filter: SubscriberFilter,
    { after, bookmarks }: Pick<WatchOptions<SubscriberEntity>, 'after' | 'bookmarks'>,
  ): Promise<Watch<SubscriberEntity>> {
    return this.additions.watch({
      after,
      bookmarks,
      filter: (subscriber) => matches(filter, subscriber),
      matching: () => {
        const query = this.subscribers.createQueryBuilder('s');
        whereMatches(query, filter);
        return query;
      },
    });
  }
}
