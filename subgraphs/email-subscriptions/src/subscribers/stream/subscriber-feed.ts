import { Inject, Injectable } from '@nestjs/common';
import type { Logger } from 'pino';
import { Watcher } from '../../live/watcher.js';
import { LOGGER } from '../../core.module.js';
import { StreamPosition } from './stream-position.js';
import { matches, type SubscriberFilter } from '../list/subscriber-filter.js';
import type { SubscriberEntity } from '../subscriber.entity.js';

/** One addition to the list, as it was committed. */
export interface SubscriberAdded {
  readonly cursor: string;
  readonly occurredAt: Date;
  readonly subscriber: SubscriberEntity;
}

/** Tells the watchers in this process of each addition that was committed in it. */
@Injectable()
export class SubscriberFeed {
  private readonly filters = new Map<Watcher<SubscriberAdded>, SubscriberFilter>();

  constructor(
    private readonly stream: StreamPosition,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** How many watch now. */
  get watchers(): number {
    return this.filters.size;
  }

  /** Additions from this moment on that pass the filter. Ends, and leaves no trace, when it is returned. */
  watch(filter: SubscriberFilter): AsyncIterableIterator<SubscriberAdded> {
    const watcher = new Watcher<SubscriberAdded>(() => {
      this.filters.delete(watcher);
      this.logger.info({ watchers: this.watchers }, 'a watcher left');
    });
    this.filters.set(watcher, filter);
    this.logger.info({ watchers: this.watchers }, 'a watcher came');
    return watcher;
  }

  /** To be called after commit, once for each addition. */
  publish(subscriber: SubscriberEntity): void {
    const event: SubscriberAdded = {
      cursor: this.stream.at(subscriber.id),
      occurredAt: subscriber.addedAt,
      subscriber,
    };
    for (const [watcher, filter] of this.filters) {
      if (matches(filter, subscriber)) watcher.push(event);
    }
  }
}
