import { Field, ID, InputType } from '@nestjs/graphql';
import { GraphQLDateTime, GraphQLJSONObject } from 'graphql-scalars';
import type { SubscriberStatus } from '../subscriber-status.js';
import type { SubscriberSource } from '../subscriber.entity.js';
import { SubscriberSourceType, SubscriberStatusType } from '../subscriber.type.js';

@InputType({
  description:
    'A range of time. Leave out `from` or `before`, or set it to null, for a range without that limit.',
})
export class DateTimeRange {
  @Field(() => GraphQLDateTime, { nullable: true, description: 'The start of the range, inclusive.' })
  from?: Date | null;

  @Field(() => GraphQLDateTime, { nullable: true, description: 'The end of the range, exclusive.' })
  before?: Date | null;
}

@InputType('SubscriberFilter', {
  description:
    'Selects the subscribers that match every field. A field that is absent or null matches all subscribers but erased ones, and an empty list matches none.',
})
export class SubscriberFilterInput {
  @Field(() => [SubscriberStatusType], {
    nullable: true,
    description: 'Subscribers with one of these statuses. By default all but `ERASED`.',
  })
  status?: SubscriberStatus[] | null;

  @Field(() => [ID], { nullable: true, description: 'Subscribers added by one of the users with these ids.' })
  addedBy?: string[] | null;

  @Field(() => DateTimeRange, { nullable: true, description: 'Subscribers added in this range of time.' })
  addedAt?: DateTimeRange | null;

  @Field(() => String, {
    nullable: true,
    description:
      'Subscribers whose e-mail address or name contains this text, in upper or lower case. A text with an @ after other characters is looked for in addresses only. At most 254 characters, none of which is a wildcard.',
  })
  query?: string | null;

  @Field(() => [String], {
    nullable: true,
    description: 'Subscribers with all of these tags. An empty list matches all subscribers.',
  })
  tags?: string[] | null;

  @Field(() => [SubscriberSourceType], {
    nullable: true,
    description: 'Subscribers that came to the list in one of these ways.',
  })
  source?: SubscriberSource[] | null;

  @Field(() => GraphQLJSONObject, {
    nullable: true,
    description:
      'Subscribers whose attributes with these names are equal to these values. Attributes with other names do not matter.',
  })
  attributes?: Record<string, unknown> | null;
}
