import { listSize, PageArgs, parsePage } from '@kit/subgraph';
import { Args, ArgsType, Directive, Parent, PickType, ResolveField, Resolver } from '@nestjs/graphql';
import type { SubscriberEntity } from '../subscriber.entity.js';
import { Subscriber } from '../subscriber.type.js';
import { User } from '../user.type.js';
import { type HistoryEntry, SubscriberHistory } from './subscriber-history.js';
import { SubscriberHistoryConnection, SubscriberHistoryEntry } from './subscriber-history.type.js';

@ArgsType()
class SubscriberHistoryArgs extends PickType(PageArgs, ['first', 'after'] as const, ArgsType) {}

@Resolver(() => Subscriber)
export class SubscriberHistoryResolver {
  constructor(private readonly subscriberHistory: SubscriberHistory) {}

  @ResolveField(() => SubscriberHistoryConnection, {
    nullable: true,
    description:
      'All changes of the subscriber, newest first. Those of erased subscribers have no personal data.',
  })
  @Directive(listSize('first'))
  history(@Parent() subscriber: SubscriberEntity, @Args() page: SubscriberHistoryArgs) {
    return this.subscriberHistory.page(subscriber, parsePage(page));
  }
}

@Resolver(() => SubscriberHistoryEntry)
export class SubscriberHistoryEntryResolver {
  @ResolveField(() => User, {
    nullable: true,
    description: 'The user who made the change. Null for the subscriber, and for a program.',
  })
  by(@Parent() { byUserId }: HistoryEntry) {
    return byUserId === null ? null : { __typename: 'User', id: byUserId };
  }
}
