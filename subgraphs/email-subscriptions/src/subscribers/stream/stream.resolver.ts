import { Args, Resolver, Subscription } from '@nestjs/graphql';
import { Live, requireScopes, RequiresScopes, type Scope } from '@kit/auth';

import type { SubgraphContext } from '@kit/subgraph';
import { parseFilter } from '../list/subscriber-filter.js';
import { SubscriberAddedArgs } from './subscriber-added.args.js';
import type { SubscriberAdded } from './subscriber-added.js';
import { SubscriberAddedEvent } from './subscriber-added.type.js';
import { SubscriberStream } from './subscriber-stream.js';

const SCOPES: [Scope] = ['subscribers:read'];

@Resolver()
export class StreamResolver {
  constructor(private readonly stream: SubscriberStream) {}

  @Subscription(() => SubscriberAddedEvent, {
    description: 'Sends each subscriber that is added, starting now or after a cursor.',
    resolve: (event: SubscriberAdded, _args: unknown, { auth }: SubgraphContext) => {
      // The guard runs only at the start of the operation.
      requireScopes(auth, SCOPES);
      return event;
    },
  })
  @Live('SCOPES')
  @RequiresScopes(...SCOPES)
  subscriberAdded(@Args() { after, bookmarks, filter }: SubscriberAddedArgs) {
    return this.stream.watch(parseFilter(filter), after ?? null, bookmarks ?? false);
  }
}
