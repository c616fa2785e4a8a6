import { Args, Resolver, Subscription } from '@nestjs/graphql';
import { RequiresScopes } from '@supergraph/auth-context/decorators';
import { SubscriberAddedEvent } from './subscriber-added.type.js';
import { SubscriberFeed, type SubscriberAdded } from './subscriber-feed.js';
import { SubscriberFilterInput } from '../list/subscriber-filter.input.js';
import { parseFilter } from '../list/subscriber-filter.js';

@Resolver()
export class StreamResolver {
  constructor(private readonly feed: SubscriberFeed) {}

  @Subscription(() => SubscriberAddedEvent, {
    description: 'Each newly added subscriber, from now on.',
    resolve: (event: SubscriberAdded) => event,
  })
  @RequiresScopes('subscribers:read')
  subscriberAdded(
    @Args('filter', {
      type: () => SubscriberFilterInput,
      nullable: true,
      description: 'Of whom to hear; of everybody when nothing is said.',
    })
    filter?: SubscriberFilterInput | null,
  ) {
    return this.feed.watch(parseFilter(filter));
  }
}
