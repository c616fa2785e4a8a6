import { CurrentViewer, Public, RequiresScopes, type Viewer } from '@kit/auth';
import { Args, Field, ID, InputType, Mutation, ObjectType, Resolver } from '@nestjs/graphql';
import { staff } from '../life/actor.js';
import { invalidUnsubscribeToken } from '../subscriber-error.js';
import { SubscriberError } from '../subscriber-error.type.js';
import { Subscriber } from '../subscriber.type.js';
import { SubscriptionTokenInput } from '../subscription-token.input.js';
import { Unsubscription } from './unsubscription.js';

@ObjectType({ description: 'The result of `unsubscribe`.' })
export class UnsubscribePayload {
  @Field(() => Boolean, { description: 'Whether the subscriber gets no more mail.' })
  unsubscribed: boolean;

  @Field(() => [SubscriberError], {
    description: 'The reasons why the request failed. Empty if it succeeded.',
  })
  userErrors: SubscriberError[];
}

@InputType({ description: 'The input of `unsubscribeSubscriber`.' })
export class UnsubscribeSubscriberInput {
  @Field(() => ID, { description: 'The id of the subscriber.' })
  id: string;

  @Field(() => String, {
    nullable: true,
    description: 'Why, for the history. At most 500 characters.',
  })
  reason?: string | null;
}

@ObjectType({ description: 'The result of `unsubscribeSubscriber`.' })
export class UnsubscribeSubscriberPayload {
  @Field(() => Subscriber, {
    nullable: true,
    description: 'The subscriber. Null if there are user errors.',
  })
  subscriber: Subscriber | null;

  @Field(() => [SubscriberError], {
    description: 'The reasons why the request failed. Empty if it succeeded.',
  })
  userErrors: SubscriberError[];
}

@Resolver()
export class UnsubscriptionResolver {
  constructor(private readonly unsubscription: Unsubscription) {}

  @Mutation(() => UnsubscribePayload, {
    nullable: true,
    description:
      'Unsubscribes with the token of the link that is in every mail. The token never expires, and using it again changes nothing.',
  })
  @Public()
  async unsubscribe(
    @Args('input', { type: () => SubscriptionTokenInput, description: 'The token of the link.' })
    { token }: SubscriptionTokenInput,
  ) {
    const unsubscribed = await this.unsubscription.byToken(token);
    return { unsubscribed, userErrors: unsubscribed ? [] : [invalidUnsubscribeToken()] };
  }

  @Mutation(() => UnsubscribeSubscriberPayload, {
    nullable: true,
    description:
      'Unsubscribes a subscriber who asked for it by other means. If the subscriber is unsubscribed already, nothing changes.',
  })
  @RequiresScopes('subscribers:write')
  async unsubscribeSubscriber(
    @Args('input', { type: () => UnsubscribeSubscriberInput, description: 'The subscriber to unsubscribe.' })
    input: UnsubscribeSubscriberInput,
    @CurrentViewer() viewer: Viewer,
  ) {
    const result = await this.unsubscription.byStaff(input, staff({ viewer }));
    return 'error' in result
      ? { subscriber: null, userErrors: [result.error] }
      : { subscriber: result.subscriber, userErrors: [] };
  }
}
