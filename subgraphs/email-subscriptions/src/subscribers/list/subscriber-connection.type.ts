import { Field, Int, ObjectType } from '@nestjs/graphql';
import { connectionOf, enumType } from '@kit/subgraph';
import { Subscriber } from '../subscriber.type.js';

const CountPrecision = enumType('CountPrecision', 'How precise a count is.', {
  EXACT: 'The count is exact.',
  ESTIMATED: 'The count is an estimate, such as one that leaves out the most recent changes.',
  AT_LEAST: 'There are at least as many items, and perhaps more.',
});

@ObjectType({ description: 'A number of items.' })
export class Count {
  @Field(() => Int, { description: 'The number of items.' })
  value: number;

  @Field(() => CountPrecision, { description: 'How precise the number is.' })
  precision: keyof typeof CountPrecision;
}

@ObjectType({ description: 'A page of subscribers.' })
export class SubscriberConnection extends connectionOf(Subscriber, {
  name: 'Subscriber',
  item: 'subscriber',
  items: 'subscribers',
  order: 'in the requested order',
  cursor: 'Pass it as `after` or `before`, with the same filter and order.',
}) {
  @Field(() => String, {
    description:
      'A cursor for `subscriberAdded`, taken before this page was read. Subscribe with it as `after` to receive everything added since.',
  })
  streamCursor: string;
}
