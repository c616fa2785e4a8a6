import { Args, ID, Parent, Query, ResolveField, ResolveReference, Resolver } from '@nestjs/graphql';
import { RequiresScopes } from '@supergraph/auth-context/decorators';
import type { SubgraphContext } from '@supergraph/service/subgraph';
import { SubscriberDirectory } from './subscriber-directory.js';
import { SubscriberLoader } from './subscriber-loader.js';
import { SubscriberEntity } from './subscriber.entity.js';
import { Subscriber } from './subscriber.type.js';
import { User } from './user.type.js';

@Resolver(() => Subscriber)
export class SubscriberResolver {
  constructor(
    private readonly directory: SubscriberDirectory,
    private readonly loader: SubscriberLoader,
  ) {}

  @Query(() => Subscriber, { nullable: true, description: 'One subscriber by id; null when there is none.' })
  @RequiresScopes('subscribers:read')
  subscriber(
    @Args('id', { type: () => ID, description: 'The id; a malformed one is that of nobody.' }) id: string,
  ) {
    return this.directory.byId(id);
  }

  @Query(() => Subscriber, {
    nullable: true,
    description: 'One subscriber by e-mail address; null when there is none.',
  })
  @RequiresScopes('subscribers:read')
  subscriberByEmail(
    @Args('email', { type: () => String, description: 'The address, in any spelling of case and domain.' })
    email: string,
  ) {
    return this.directory.byEmail(email);
  }

  @ResolveReference()
  @RequiresScopes('subscribers:read')
  resolveReference(reference: { id: string }, context: SubgraphContext) {
    return this.loader.load(context, reference.id);
  }

  @ResolveField(() => User, {
    nullable: true,
    description:
      'The user who added them. Null when that account is gone, and when a program added them for itself.',
  })
  addedBy(@Parent() { addedById }: SubscriberEntity) {
    return addedById === null ? null : { __typename: 'User', id: addedById };
  }
}
