import { ArgsType, Field } from '@nestjs/graphql';
import { SubscriberFilterInput } from '../list/subscriber-filter.input.js';

@ArgsType()
export class SubscriberAddedArgs {
  @Field(() => String, {
    nullable: true,
    description:
      'A cursor: first come all that were added after it, in order, then those that are being added. From now on when nothing is said.',
  })
  after?: string | null;

  @Field(() => Boolean, {
    nullable: true,
    defaultValue: false,
    description:
      'Whether to send bookmarks too, events without a subscriber: one at the start, one at the end of what was missed, one after every 15 seconds of silence.',
  })
  bookmarks?: boolean | null;

  @Field(() => SubscriberFilterInput, {
    nullable: true,
    description: 'Of whom to hear; of everybody when nothing is said. It looks at them as they are by then.',
  })
  filter?: SubscriberFilterInput | null;
}
