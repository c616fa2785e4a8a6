import { Field, Int, ObjectType, registerEnumType } from '@nestjs/graphql';
import { PageInfo } from '@supergraph/service/pagination/page-info.type';
import { Subscriber } from '../subscriber.type.js';

const CountPrecision = { EXACT: 'EXACT' } as const;

registerEnumType(CountPrecision, {
  name: 'CountPrecision',
  description: 'How far a count can be trusted.',
  valuesMap: { EXACT: { description: 'There were exactly so many.' } },
});

@ObjectType({ description: 'How many there are.' })
export class Count {
  @Field(() => Int, { description: 'The number.' })
  value: number;

  @Field(() => CountPrecision, { description: 'What the number is worth.' })
  precision: keyof typeof CountPrecision;
}

@ObjectType({ description: 'A subscriber and their place in the list.' })
export class SubscriberEdge {
  @Field(() => Subscriber, { description: 'The subscriber.' })
  node: Subscriber;

  @Field(() => String, { description: 'Their place, to page from; good for the same filter and order only.' })
  cursor: string;
}

@ObjectType({ description: 'One page of the list.' })
export class SubscriberConnection {
  @Field(() => [Subscriber], { description: 'The subscribers on this page, in the order of the list.' })
  nodes: Subscriber[];

  @Field(() => [SubscriberEdge], { description: 'The same subscribers, each with their place in the list.' })
  edges: SubscriberEdge[];

  @Field(() => PageInfo, { description: 'Where this page lies in the list.' })
  pageInfo: PageInfo;

  @Field(() => String, {
    description:
      'Position of the event stream, taken before this page was read: subscribe after it and miss nobody.',
  })
  streamCursor: string;
}
