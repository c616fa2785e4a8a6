import { Field, ObjectType } from '@nestjs/graphql';
import { SubscriberError } from '../subscriber-error.type.js';
import { Subscriber } from '../subscriber.type.js';

@ObjectType({ description: 'The result of `addSubscriber`.' })
export class AddSubscriberPayload {
  @Field(() => Subscriber, {
    nullable: true,
    description: 'The new or existing subscriber. Null if there are user errors.',
  })
  subscriber: Subscriber | null;

  @Field(() => Boolean, {
    description: 'Whether this request added the subscriber. False if the address was already on the list.',
  })
  created: boolean;

  @Field(() => [SubscriberError], {
    description: 'The reasons why the request failed. Empty if it succeeded.',
  })
  userErrors: SubscriberError[];
}
