import { ArgsType, Field } from '@nestjs/graphql';
import { SubscriberFilterInput } from '../list/subscriber-filter.input.js';

@ArgsType()
export class SubscriberAddedArgs {
  @Field(() => String, {
    nullable: true,
    description:
      'The cursor to resume from. The subscription first sends the subscribers added after it, in order, then new ones. Without a cursor it sends new subscribers only.',
  })
  after?: string | null;

  @Field(() => Boolean, {
    nullable: true,
    defaultValue: false,
    description:
      'Whether to send bookmarks, events that carry only a cursor: one at the start, one after the missed events, and one after every 15 seconds without an event.',
  })
  bookmarks?: boolean | null;

  @Field(() => SubscriberFilterInput, {
    nullable: true,
    description: 'The subscribers to send, as they are when the event is sent. By default all.',
  })
  filter?: SubscriberFilterInput | null;
}
