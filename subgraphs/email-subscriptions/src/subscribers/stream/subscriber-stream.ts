import { EventLog, type EventStream, type Watch, type WatchOptions } from '@kit/event-log';
import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository } from 'typeorm';
import { eventKindOf, SUBSCRIBER_EVENTS, type SubscriberChange } from '../life/transitions.js';
import { matches, whereMatches, type SubscriberFilter } from '../list/subscriber-filter.js';
import { SubscriberDirectory } from '../subscriber-directory.js';
import { SubscriberEntity } from '../subscriber.entity.js';

/** The scope of cursors. It stays as it is, since clients keep cursors. */
export const CURSOR_SCOPE = 'stream subscriberAdded';

type Start = Pick<WatchOptions<SubscriberEntity>, 'after' | 'bookmarks'>;

/** The stream of changes. Watchers of additions and of all changes share the subscribers that it loads. */
@Injectable()
export class SubscriberStream {
  private readonly changes: EventStream<SubscriberEntity>;

  constructor(
    eventLog: EventLog,
    directory: SubscriberDirectory,
    @InjectRepository(SubscriberEntity) private readonly subscribers: Repository<SubscriberEntity>,
  ) {
    this.changes = eventLog.stream({ kinds: SUBSCRIBER_EVENTS, load: (ids) => directory.mapOf(ids) });
  }

  /** Yields the matching additions after a cursor, in order, and then new ones. Without a cursor only new ones. */
  watchAdditions(filter: SubscriberFilter, start: Start): Promise<Watch<SubscriberEntity>> {
    return this.changes.watch({
      ...start,
      kinds: [eventKindOf('ADDED')],
      filter: (subscriber) => matches(filter, subscriber),
      matching: () => {
        const query = this.subscribers.createQueryBuilder('s');
        whereMatches(query, filter);
        return query;
      },
    });
  }

  /** Yields the changes after a cursor, in order, and then new ones. Without a cursor only new ones. */
  watchChanges(kinds: readonly SubscriberChange[] | null, start: Start): Promise<Watch<SubscriberEntity>> {
    return this.changes.watch({ ...start, ...(kinds && { kinds: kinds.map(eventKindOf) }) });
  }
}
