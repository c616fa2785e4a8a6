import { enumType } from '@kit/subgraph';
import { Field, InputType } from '@nestjs/graphql';
import type { OrderDirection, SubscriberOrderField } from './subscriber-order.js';

const SubscriberOrderFieldType = enumType<SubscriberOrderField>(
  'SubscriberOrderField',
  'The fields by which subscribers can be sorted.',
  {
    ADDED_AT: 'The time at which the subscriber was added.',
    EMAIL: 'The e-mail address in lower case, character by character.',
    UPDATED_AT: 'The time of the last change.',
  },
);

const OrderDirectionType = enumType<OrderDirection>(
  'OrderDirection',
  'The directions in which a list can be sorted.',
  {
    ASC: 'Ascending: lowest or oldest first.',
    DESC: 'Descending: highest or newest first.',
  },
);

@InputType('SubscriberOrder', { description: 'The order of a list of subscribers.' })
export class SubscriberOrderInput {
  @Field(() => SubscriberOrderFieldType, { description: 'The field to sort by.' })
  field: SubscriberOrderField;

  @Field(() => OrderDirectionType, { description: 'The direction to sort in.' })
  direction: OrderDirection;
}
