import { Field, InputType, registerEnumType } from '@nestjs/graphql';
import { OrderDirection, SubscriberOrderField } from './subscriber-order.js';

registerEnumType(SubscriberOrderField, {
  name: 'SubscriberOrderField',
  description: 'The fields by which subscribers can be sorted.',
  valuesMap: {
    ADDED_AT: { description: 'The time at which the subscriber was added.' },
    EMAIL: { description: 'The e-mail address in lower case, character by character.' },
  },
});

registerEnumType(OrderDirection, {
  name: 'OrderDirection',
  description: 'The directions in which a list can be sorted.',
  valuesMap: {
    ASC: { description: 'Ascending: lowest or oldest first.' },
    DESC: { description: 'Descending: highest or newest first.' },
  },
});

@InputType('SubscriberOrder', { description: 'The order of a list of subscribers.' })
export class SubscriberOrderInput {
  @Field(() => SubscriberOrderField, { description: 'The field to sort by.' })
  field: SubscriberOrderField;

  @Field(() => OrderDirection, { description: 'The direction to sort in.' })
  direction: OrderDirection;
}
