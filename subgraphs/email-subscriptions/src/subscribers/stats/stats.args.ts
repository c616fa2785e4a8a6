import { ArgsType, Field } from '@nestjs/graphql';
import { GraphQLDate } from 'graphql-scalars';
import type { StatsBucket } from './buckets.js';
import { StatsBucketType } from './stats.type.js';

@ArgsType()
export class SubscriberStatsArgs {
  @Field(() => GraphQLDate, { description: 'The first day, 1900-01-01 or later.' })
  from: string;

  @Field(() => GraphQLDate, { description: 'The day after the last one. It must not be before `from`.' })
  to: string;

  @Field(() => StatsBucketType, { defaultValue: 'DAY', description: 'The length of a bucket.' })
  bucket: StatsBucket;

  @Field(() => String, {
    defaultValue: 'UTC',
    description: 'The time zone of the days and hours: a name of the IANA database, such as `Europe/Berlin`.',
  })
  timeZone: string;
}
