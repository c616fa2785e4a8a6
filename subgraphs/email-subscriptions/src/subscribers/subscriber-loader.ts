import { Injectable } from '@nestjs/common';
import DataLoader from 'dataloader';
import { SubscriberDirectory } from './subscriber-directory.js';
import type { SubscriberEntity } from './subscriber.entity.js';

type Loader = DataLoader<string, SubscriberEntity | null>;

/** Loads by id in batches. Each GraphQL context has its own loader, and thus each operation and each event. */
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
