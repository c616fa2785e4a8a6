import { enumType } from '@kit/subgraph';
import { Field, Int, ObjectType } from '@nestjs/graphql';
import { GraphQLDateTime } from 'graphql-scalars';

export const StatsBucketType = enumType('StatsBucket', 'The length of a bucket.', {
  HOUR: 'From one full hour of the local clock to the next.',
  DAY: 'A day in the time zone, which has 23 or 25 hours when clocks change.',
  WEEK: 'From Monday to Sunday.',
  MONTH: 'A calendar month.',
});

@ObjectType({ description: 'The changes of one part of the time.' })
export class SubscriberStatsBucket {
  @Field(() => GraphQLDateTime, {
    description:
      'The start of the bucket. It ends when the next one starts, the last one at the start of `to`.',
  })
  start: Date;

  @Field(() => Int, {
    description:
      'How many subscribers were added. An imported subscriber counts at the time of the import, whatever `addedAt` it has.',
  })
  added: number;

  @Field(() => Int, { description: 'How often a subscriber confirmed by the link in a mail.' })
  confirmed: number;

  @Field(() => Int, { description: 'How often a subscriber unsubscribed.' })
  unsubscribed: number;

  @Field(() => Int, { description: 'How often a subscriber bounced.' })
  bounced: number;

  @Field(() => Int, { description: 'How often a subscriber complained.' })
  complained: number;

  @Field(() => Int, { description: 'How many subscribers were erased.' })
  erased: number;
}

@ObjectType({
  description:
    'The numbers of subscribers by status, of all time. While an import runs they may be too low for a moment, and never below 0.',
})
export class SubscriberTotals {
  @Field(() => Int, { description: 'The number of subscribers that have not confirmed yet.' })
  pending: number;

  @Field(() => Int, { description: 'The number of active subscribers.' })
  active: number;

  @Field(() => Int, { description: 'The number of subscribers that unsubscribed.' })
  unsubscribed: number;

  @Field(() => Int, { description: 'The number of subscribers whose mail bounces.' })
  bounced: number;

  @Field(() => Int, { description: 'The number of subscribers that complained.' })
  complained: number;
}

@ObjectType({ description: 'How the list changes, and its size.' })
export class SubscriberStats {
  @Field(() => [SubscriberStatsBucket], {
    description: 'All parts of the time, in order, also those without a change.',
  })
  buckets: SubscriberStatsBucket[];

  @Field(() => SubscriberTotals, { description: 'The numbers of subscribers by status, of all time.' })
  totals: SubscriberTotals;

  @Field(() => String, {
    description:
      'The position of the stream up to which these figures are exact. Subscribe to `subscriberChanged` with it as `after` to receive every change that they do not include.',
  })
  streamCursor: string;
}
