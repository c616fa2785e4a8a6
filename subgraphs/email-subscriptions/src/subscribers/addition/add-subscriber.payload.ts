import { Field, ObjectType } from '@nestjs/graphql';
import { SubscriberError } from './subscriber-error.type.js';
import { Subscriber } from '../subscriber.type.js';

@ObjectType({ description: 'What came of an addition.' })
export class AddSubscriberPayload {
  @Field(() => Subscriber, {
    nullable: true,
    description: 'Who is on the list now; null when there is a user error.',
  })
  subscriber: Subscriber | null;

  @Field(() => Boolean, {
    description: 'Whether this addition put them there; false when they were there already.',
  })
  created: boolean;

  @Field(() => [SubscriberError], {
    description: 'What to change before trying again; empty when it worked.',
  })
  userErrors: SubscriberError[];
}
