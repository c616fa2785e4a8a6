import { Injectable } from '@nestjs/common';
import DataLoader from 'dataloader';
import { SubscriberDirectory } from './subscriber-directory.js';
import type { SubscriberEntity } from './subscriber.entity.js';

type Loader = DataLoader<string, SubscriberEntity | null>;

/** Loads by id in batches. Each GraphQL context, and with it each operation or live event, has a loader of its own. */
@Injectable()
export class SubscriberLoader {
  private readonly loaders = new WeakMap<object, Loader>();

  constructor(private readonly directory: SubscriberDirectory) {}

  load(context: object, id: string): Promise<SubscriberEntity | null> {
    return this.of(context).load(id);
  }

  private of(context: object): Loader {
    let loader = this.loaders.get(context);
    if (!loader) {
      loader = new DataLoader((ids) => this.directory.byIds(ids));
      this.loaders.set(context, loader);
    }
    return loader;
  }
}
