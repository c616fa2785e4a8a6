import { Field, ID, InputType } from '@nestjs/graphql';
import { GraphQLDateTime } from 'graphql-scalars';
import { SubscriberStatus } from '../subscriber-status.js';

@InputType({ description: 'A stretch of time. A border that is absent or null is open.' })
export class DateTimeRange {
  @Field(() => GraphQLDateTime, { nullable: true, description: 'Its first moment.' })
  from?: Date | null;

  @Field(() => GraphQLDateTime, { nullable: true, description: 'The first moment after it.' })
  before?: Date | null;
}

@InputType('SubscriberFilter', {
  description:
    'Keeps those for whom every field holds. A field that is absent or null restricts nothing; an empty list matches nobody.',
})
export class SubscriberFilterInput {
  @Field(() => [SubscriberStatus], { nullable: true, description: 'In one of these states.' })
  status?: SubscriberStatus[] | null;

  @Field(() => [ID], { nullable: true, description: 'Added by one of these users.' })
  addedBy?: string[] | null;

  @Field(() => DateTimeRange, { nullable: true, description: 'Added in this stretch of time.' })
  addedAt?: DateTimeRange | null;

  @Field(() => String, {
    nullable: true,
    description:
      'Text that the e-mail address or the name holds, in upper or lower case; no character has a special meaning. At most 254 characters.',
  })
  query?: string | null;
}
