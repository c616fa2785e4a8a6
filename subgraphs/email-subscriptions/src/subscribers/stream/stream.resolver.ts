import type { WatchedEvent } from '@kit/event-log';
import { Args, Resolver, Subscription } from '@nestjs/graphql';
import { Live, requireScopes, RequiresScopes, type Scope } from '@kit/auth';
import type { SubgraphContext } from '@kit/subgraph';
import { changeOfEvent } from '../life/transitions.js';
import { matches, parseFilter } from '../list/subscriber-filter.js';
import type { SubscriberEntity } from '../subscriber.entity.js';
import { SubscriberAddedArgs } from './subscriber-added.args.js';
import { SubscriberAddedEvent } from './subscriber-added.type.js';
import { SubscriberChangedArgs } from './subscriber-changed.args.js';
import { SubscriberChangedEvent } from './subscriber-changed.type.js';
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
    return this.stream.watchAdditions(parseFilter(filter), { after, bookmarks });
  }

  @Subscription(() => SubscriberChangedEvent, {
    description:
      'Sends every change of a subscriber in order, additions too, starting now or after a cursor. With a filter every change is still sent: `matches` says whether the subscriber passes it now, so that a list can remove a subscriber that does not pass it any more.',
    resolve: (
      { cursor, occurredAt, kind, subject }: WatchedEvent<SubscriberEntity>,
      { filter }: SubscriberChangedArgs,
      { auth }: SubgraphContext,
    ) => {
      requireScopes(auth, SCOPES);
      const isMatch = subject && matches(parseFilter(filter), subject);
      return {
        cursor,
        occurredAt,
        kind: kind && changeOfEvent(kind),
        subscriberId: subject?.id ?? null,
        matches: isMatch,
        subscriber: isMatch ? subject : null,
      };
    },
  })
  @Live('SCOPES')
  @RequiresScopes(...SCOPES)
  subscriberChanged(@Args() { after, bookmarks, filter, kinds }: SubscriberChangedArgs) {
    // An invalid filter is rejected before the first event.
    parseFilter(filter);
    return this.stream.watchChanges(kinds ?? null, { after, bookmarks });
  }
}
