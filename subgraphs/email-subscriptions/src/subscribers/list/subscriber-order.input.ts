import { Field, InputType, registerEnumType } from '@nestjs/graphql';
import { OrderDirection, SubscriberOrderField } from './subscriber-order.js';

registerEnumType(SubscriberOrderField, {
  name: 'SubscriberOrderField',
  description: 'What the list is sorted by.',
  valuesMap: {
    ADDED_AT: { description: 'When they were added.' },
    EMAIL: { description: 'The e-mail address in lower case, character by character.' },
  },
});

registerEnumType(OrderDirection, {
  name: 'OrderDirection',
  description: 'Which end comes first.',
  valuesMap: {
    ASC: { description: 'The least, or oldest.' },
    DESC: { description: 'The greatest, or newest.' },
  },
});

@InputType('SubscriberOrder', { description: 'An order of the list.' })
export class SubscriberOrderInput {
  @Field(() => SubscriberOrderField, { description: 'What to sort by.' })
  field: SubscriberOrderField;

  @Field(() => OrderDirection, { description: 'Which end comes first.' })
  direction: OrderDirection;
}
