import { Args, Directive, Parent, ResolveField, ResolveReference, Resolver } from '@nestjs/graphql';
import { RequiresScopes } from '@kit/auth';
import { listSize, parsePage } from '@kit/subgraph';

import { SubscriberConnection } from './list/subscriber-connection.type.js';
import { addedOnlyBy, parseFilter } from './list/subscriber-filter.js';
import { SubscriberList } from './list/subscriber-list.js';
import { NEWEST_FIRST } from './list/subscriber-order.js';
import { AddedSubscribersArgs } from './list/subscribers.args.js';
import { User } from './user.type.js';

@Resolver(() => User)
export class UserResolver {
  constructor(private readonly list: SubscriberList) {}

  @ResolveReference()
  @RequiresScopes('subscribers:read')
  resolveReference(reference: User) {
    return reference;
  }

  @ResolveField(() => SubscriberConnection, {
    nullable: true,
    description: 'The subscribers that this user added, newest first.',
  })
  @RequiresScopes('subscribers:read')
  @Directive(listSize('first'))
  addedSubscribers(@Parent() { id }: User, @Args() { filter, ...page }: AddedSubscribersArgs) {
    return this.list.page(addedOnlyBy(id, parseFilter(filter)), NEWEST_FIRST, parsePage(page));
  }
}
