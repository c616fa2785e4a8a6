import { Args, ID, Parent, Query, ResolveField, ResolveReference, Resolver } from '@nestjs/graphql';
import { RequiresScopes } from '@kit/auth';
import type { SubgraphContext } from '@kit/subgraph';
import { CONFIG } from '@kit/service';
import { Inject } from '@nestjs/common';
import type { Config } from '../config.js';
import { ConsentObject } from './consent.type.js';
import { SubscriberKeys } from './keys/subscriber-keys.js';
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
    private readonly keys: SubscriberKeys,
    @Inject(CONFIG) private readonly config: Pick<Config, 'PUBLIC_URL'>,
  ) {}

  @Query(() => Subscriber, {
    nullable: true,
    description: 'Returns the subscriber with an id, or null if there is none.',
  })
  @RequiresScopes('subscribers:read')
  subscriber(
    @Args('id', { type: () => ID, description: 'The id of the subscriber. A malformed id returns null.' })
    id: string,
  ) {
    return this.directory.byId(id);
  }

  @Query(() => Subscriber, {
    nullable: true,
    description: 'Returns the subscriber with an e-mail address, or null if there is none.',
  })
  @RequiresScopes('subscribers:read')
  subscriberByEmail(
    @Args('email', {
      type: () => String,
      description:
        'The e-mail address. Upper and lower case, and Unicode and Punycode spellings of the domain, are equivalent.',
    })
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
      'The user who added the subscriber. Null if the account was deleted, or if a program added the subscriber on its own behalf.',
  })
  addedBy(@Parent() { addedById }: SubscriberEntity) {
    return addedById === null ? null : { __typename: 'User', id: addedById };
  }

  @ResolveField(() => ConsentObject, {
    nullable: true,
    description: 'The evidence that the subscriber agreed to receive mail. Null if none was recorded.',
  })
  @RequiresScopes('subscribers:pii')
  consent(@Parent() { consent }: SubscriberEntity) {
    return consent && { ...consent, givenAt: new Date(consent.givenAt) };
  }

  @ResolveField(() => String, {
    nullable: true,
    description:
      'The page where the subscriber can unsubscribe with one click, for the footer and the `List-Unsubscribe` header of a newsletter. Null once the subscriber was erased.',
  })
  @RequiresScopes('subscribers:pii')
  unsubscribeUrl(@Parent() { id, erasedAt }: SubscriberEntity) {
    return erasedAt ? null : `${this.config.PUBLIC_URL}/unsubscribe/${this.keys.unsubscribeToken(id)}`;
  }
}
