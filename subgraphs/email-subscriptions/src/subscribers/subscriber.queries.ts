import { Args, ID, Query, Resolver } from '@nestjs/graphql';
import { RequiresScopes } from '@supergraph/auth-context/decorators';
import { parsePage } from '../pagination/page-request.js';
import { SubscriberConnection } from './subscriber-connection.type.js';
import { SubscriberDirectory } from './subscriber-directory.js';
import { parseFilter } from './subscriber-filter.js';
import { SubscriberList } from './subscriber-list.js';
import { NEWEST_FIRST } from './subscriber-order.js';
import { Subscriber } from './subscriber.type.js';
import { SubscribersArgs } from './subscribers.args.js';

@Resolver()
export class SubscriberQueries {
  constructor(
    private readonly directory: SubscriberDirectory,
    private readonly list: SubscriberList,
  ) {}

  @Query(() => Subscriber, { nullable: true, description: 'One subscriber by id; null when there is none.' })
  @RequiresScopes('subscribers:read')
  subscriber(
    @Args('id', { type: () => ID, description: 'The id; a malformed one is that of nobody.' }) id: string,
  ) {
    return this.directory.byId(id);
  }

  @Query(() => Subscriber, { nullable: true, description: 'One subscriber by e-mail address; null when there is none.' })
  @RequiresScopes('subscribers:read')
  subscriberByEmail(
    @Args('email', { type: () => String, description: 'The address, in any spelling of case and domain.' }) email: string,
  ) {
    return this.directory.byEmail(email);
  }

  @Query(() => SubscriberConnection, { nullable: true, description: 'The list, page by page.' })
  @RequiresScopes('subscribers:read')
  subscribers(@Args() { filter, orderBy, ...page }: SubscribersArgs) {
    return this.list.page(parseFilter(filter), orderBy ?? NEWEST_FIRST, parsePage(page));
  }
}
