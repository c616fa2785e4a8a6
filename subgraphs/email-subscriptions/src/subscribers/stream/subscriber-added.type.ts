import { Field, ObjectType } from '@nestjs/graphql';
import { GraphQLDateTime } from 'graphql-scalars';
import { Subscriber } from '../subscriber.type.js';

@ObjectType({
  description: 'The addition of a subscriber, or a bookmark, which carries only a cursor.',
})
export class SubscriberAddedEvent {
  @Field(() => String, {
    description:
      'The position of the event in the stream. Pass the last one received as `after` to resume from there.',
  })
  cursor: string;

  @Field(() => GraphQLDateTime, {
    description: 'The time of the addition, or at which the bookmark was sent.',
  })
  occurredAt: Date;

  @Field(() => Subscriber, {
    nullable: true,
    description: 'The added subscriber. Null for a bookmark, which is sent only if `bookmarks` is true.',
  })
  subscriber: Subscriber | null;
}
