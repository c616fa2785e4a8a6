import { Args, Directive, Parent, Query, ResolveField, Resolver } from '@nestjs/graphql';
import { RequiresScopes } from '@kit/auth';
import { listSize, parsePage } from '@kit/subgraph';

import { Count, SubscriberConnection } from './subscriber-connection.type.js';
import { parseFilter } from './subscriber-filter.js';
import { SubscriberList, type SubscriberPage } from './subscriber-list.js';
import { NEWEST_FIRST } from './subscriber-order.js';
import { SubscribersArgs } from './subscribers.args.js';

@Resolver(() => SubscriberConnection)
export class ListResolver {
  constructor(private readonly list: SubscriberList) {}

  @Query(() => SubscriberConnection, {
    nullable: true,
    description: 'Lists subscribers, one page at a time.',
  })
  @RequiresScopes('subscribers:read')
  @Directive(listSize('first', 'last'))
  subscribers(@Args() { filter, orderBy, ...page }: SubscribersArgs) {
    return this.list.page(parseFilter(filter), orderBy ?? NEWEST_FIRST, parsePage(page));
  }

  @ResolveField(() => Count, {
    description:
      'The number of subscribers that match the filter, on all pages together. It is exact up to 10,000. A larger number is exact or nearly so if the filter has nothing but `status` or one tag, and otherwise 10,000 with `AT_LEAST`. It is counted only if a query selects it.',
  })
  @Directive('@cost(weight: 10)')
  totalCount(@Parent() { filter }: SubscriberPage): Promise<Count> {
    return this.list.count(filter);
  }
}
