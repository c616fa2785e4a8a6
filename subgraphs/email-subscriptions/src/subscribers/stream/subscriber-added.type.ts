import { Field, ObjectType } from '@nestjs/graphql';
import { GraphQLDateTime } from 'graphql-scalars';
import { Subscriber } from '../subscriber.type.js';

@ObjectType({ description: 'Somebody came onto the list.' })
export class SubscriberAddedEvent {
  @Field(() => String, { description: 'Where the event stream stands with this event.' })
  cursor: string;

  @Field(() => GraphQLDateTime, { description: 'When it happened.' })
  occurredAt: Date;

  @Field(() => Subscriber, { nullable: true, description: 'Who came.' })
  subscriber: Subscriber | null;
}
