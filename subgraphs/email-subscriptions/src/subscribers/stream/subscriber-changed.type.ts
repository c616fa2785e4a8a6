import { Field, ID, ObjectType } from '@nestjs/graphql';
import { GraphQLDateTime } from 'graphql-scalars';
import { SubscriberChangeType } from '../life/subscriber-history.type.js';
import type { SubscriberChange } from '../life/transitions.js';
import { Subscriber } from '../subscriber.type.js';

@ObjectType({ description: 'A change of a subscriber, or a bookmark, which carries only a cursor.' })
export class SubscriberChangedEvent {
  @Field(() => String, {
    description:
      'The position of the event in the stream. Pass the last one received as `after` to resume from there.',
  })
  cursor: string;

  @Field(() => GraphQLDateTime, {
    description: 'The time of the change, or at which the bookmark was sent.',
  })
  occurredAt: Date;

  @Field(() => SubscriberChangeType, {
    nullable: true,
    description: 'The kind of the change. Null for a bookmark.',
  })
  kind: SubscriberChange | null;

  @Field(() => ID, { nullable: true, description: 'The id of the subscriber. Null for a bookmark.' })
  subscriberId: string | null;

  @Field(() => Boolean, {
    nullable: true,
    description:
      'Whether the subscriber passes the filter when the event is sent. If not, remove it from the list. Null for a bookmark.',
  })
  matches: boolean | null;

  @Field(() => Subscriber, {
    nullable: true,
    description:
      'The subscriber when the event is sent, which may be after later changes. Null for a bookmark and if `matches` is false.',
  })
  subscriber: Subscriber | null;
}
