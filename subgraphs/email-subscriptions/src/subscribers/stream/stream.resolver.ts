import type { WatchedEvent } from '@kit/event-log';
import { Args, Resolver, Subscription } from '@nestjs/graphql';
import { Live, requireScopes, RequiresScopes, type Scope } from '@kit/auth';
import type { SubgraphContext } from '@kit/subgraph';
import { parseFilter } from '../list/subscriber-filter.js';
import type { SubscriberEntity } from '../subscriber.entity.js';
import { SubscriberAddedArgs } from './subscriber-added.args.js';
import { SubscriberAddedEvent } from './subscriber-added.type.js';
import { SubscriberStream } from './subscriber-stream.js';

const SCOPES: [Scope] = ['subscribers:read'];

@Resolver()
export class StreamResolver {
  constructor(private readonly stream: SubscriberStream) {}

  @Subscription(() => SubscriberAddedEvent, {
    description: 'Sends each subscriber that is added, starting now or after a cursor.',
    resolve: (event: WatchedEvent<SubscriberEntity>, _args: unknown, { auth }: SubgraphContext) => {
      // The guard runs only at the start of the operation.
      requireScopes(auth, SCOPES);
      return { cursor: event.cursor, occurredAt: event.occurredAt, subscriber: event.subject };
    },
  })
  @Live('SCOPES')
  @RequiresScopes(...SCOPES)
  subscriberAdded(@Args() { after, bookmarks, filter }: SubscriberAddedArgs) {
    return this.stream.watch(parseFilter(filter), { after, bookmarks });
  }
}
