import { Parent, ResolveField, ResolveReference, Resolver } from '@nestjs/graphql';
import { RequiresScopes } from '@supergraph/auth-context/decorators';
import type { SubgraphContext } from '@supergraph/service/subgraph';
import { SubscriberLoader } from './subscriber-loader.js';
import { SubscriberEntity } from './subscriber.entity.js';
import { Subscriber } from './subscriber.type.js';
import { User } from './user.type.js';

@Resolver(() => Subscriber)
export class SubscriberResolver {
  constructor(private readonly loader: SubscriberLoader) {}

  @ResolveReference()
  @RequiresScopes('subscribers:read')
  resolveReference(reference: { id: string }, context: SubgraphContext) {
    return this.loader.load(context, reference.id);
  }

  @ResolveField(() => User, {
    nullable: true,
    description: 'Who added them; null when they came by themselves, or that account is gone.',
  })
  addedBy(@Parent() { addedById }: SubscriberEntity) {
    return addedById === null ? null : { __typename: 'User', id: addedById };
  }
}
