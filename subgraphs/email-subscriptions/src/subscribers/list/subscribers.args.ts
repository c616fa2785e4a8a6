import { ArgsType, Field, PickType } from '@nestjs/graphql';
import { PageArgs } from '@kit/subgraph';
import { SubscriberFilterInput } from './subscriber-filter.input.js';
import { SubscriberOrderInput } from './subscriber-order.input.js';
import { NEWEST_FIRST } from './subscriber-order.js';

@ArgsType()
export class SubscribersArgs extends PageArgs {
  @Field(() => SubscriberFilterInput, {
    nullable: true,
    description: 'The subscribers to list. By default all of them.',
  })
  filter?: SubscriberFilterInput | null;

  @Field(() => SubscriberOrderInput, {
    nullable: true,
    defaultValue: NEWEST_FIRST,
    description: 'The order of the list. By default newest first.',
  })
  orderBy?: SubscriberOrderInput | null;
}

@ArgsType()
export class AddedSubscribersArgs extends PickType(PageArgs, ['first', 'after'] as const, ArgsType) {
  @Field(() => SubscriberFilterInput, {
    nullable: true,
    description: 'The subscribers to list. By default all that this user added.',
  })
  filter?: SubscriberFilterInput | null;
}
