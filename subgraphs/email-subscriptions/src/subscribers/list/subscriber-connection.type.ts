import { Field, Int, ObjectType, registerEnumType } from '@nestjs/graphql';
import { PageInfo } from '@kit/subgraph';
import { Subscriber } from '../subscriber.type.js';

const CountPrecision = { EXACT: 'EXACT' } as const;

registerEnumType(CountPrecision, {
  name: 'CountPrecision',
  description: 'How precise a count is.',
  valuesMap: { EXACT: { description: 'The count is exact.' } },
});

@ObjectType({ description: 'A number of items.' })
export class Count {
  @Field(() => Int, { description: 'The number of items.' })
  value: number;

  @Field(() => CountPrecision, { description: 'How precise the number is.' })
  precision: keyof typeof CountPrecision;
}

@ObjectType({ description: 'A subscriber on a page, with its cursor.' })
export class SubscriberEdge {
  @Field(() => Subscriber, { description: 'The subscriber.' })
  node: Subscriber;

  @Field(() => String, {
    description:
      'The position of the subscriber in the list. Pass it as `after` or `before`, with the same filter and order.',
  })
  cursor: string;
}

@ObjectType({ description: 'A page of subscribers.' })
export class SubscriberConnection {
  @Field(() => [Subscriber], { description: 'The subscribers on this page, in the requested order.' })
  nodes: Subscriber[];

  @Field(() => [SubscriberEdge], { description: 'The subscribers on this page, each with its cursor.' })
  edges: SubscriberEdge[];

  @Field(() => PageInfo, {
    description: 'Whether there are pages before and after this one, and the cursors to request them.',
  })
  pageInfo: PageInfo;

  @Field(() => String, {
    description:
      'A cursor for `subscriberAdded`, taken before this page was read. Subscribe with it as `after` to receive everything added since.',
  })
  streamCursor: string;
}
