import { type AuthContext, CurrentAuth, RequiresScopes } from '@kit/auth';
import { Args, Field, ID, InputType, Mutation, ObjectType, Resolver } from '@nestjs/graphql';
import { staff } from '../life/actor.js';
import { SubscriberError } from '../subscriber-error.type.js';
import { Subscriber } from '../subscriber.type.js';
import { EraseSubscriber } from './erase-subscriber.js';

@InputType({ description: 'The input of `eraseSubscriber`.' })
export class EraseSubscriberInput {
  @Field(() => ID, { description: 'The id of the subscriber.' })
  id: string;

  @Field(() => String, {
    nullable: true,
    description:
      'Why, for the history. At most 500 characters, without e-mail addresses and without the name of the subscriber.',
  })
  reason?: string | null;
}

@ObjectType({ description: 'The result of `eraseSubscriber`.' })
export class EraseSubscriberPayload {
  @Field(() => Subscriber, {
    nullable: true,
    description: 'The subscriber, without personal data. Null if there are user errors.',
  })
  subscriber: Subscriber | null;

  @Field(() => [SubscriberError], {
    description: 'The reasons why the request failed. Empty if it succeeded.',
  })
  userErrors: SubscriberError[];
}

@Resolver()
export class ErasureResolver {
  constructor(private readonly erasure: EraseSubscriber) {}

  @Mutation(() => EraseSubscriberPayload, {
    nullable: true,
    description:
      'Removes all personal data of a subscriber. This cannot be undone. The address stays suppressed: only its owner can bring it back, by a new sign-up. Erasing a subscriber again changes nothing.',
  })
  @RequiresScopes('subscribers:erase')
  eraseSubscriber(
    @Args('input', { type: () => EraseSubscriberInput, description: 'The subscriber to erase.' })
    input: EraseSubscriberInput,
    @CurrentAuth() auth: AuthContext,
  ) {
    return this.erasure.erase(input, staff(auth));
  }
}
