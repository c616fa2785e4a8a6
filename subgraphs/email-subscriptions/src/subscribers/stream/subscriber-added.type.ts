import { Field, ObjectType } from '@nestjs/graphql';
import { GraphQLDateTime } from 'graphql-scalars';
import { Subscriber } from '../subscriber.type.js';

@ObjectType({
  description: 'Somebody came onto the list; or a bookmark, which tells only where the stream stands.',
})
export class SubscriberAddedEvent {
  @Field(() => String, {
    description: 'Where the stream stands; pass the last one as `after` to go on from there.',
  })
  cursor: string;

  @Field(() => GraphQLDateTime, { description: 'When it happened; on a bookmark, when it was set.' })
  occurredAt: Date;

  @Field(() => Subscriber, {
    nullable: true,
    description:
      'Who came. Null on a bookmark, which only carries a cursor and comes only to who asked for bookmarks.',
  })
  subscriber: Subscriber | null;
}
