import { ArgsType, Field } from '@nestjs/graphql';
import { SubscriberChangeType } from '../life/subscriber-history.type.js';
import type { SubscriberChange } from '../life/transitions.js';
import { SubscriberFilterInput } from '../list/subscriber-filter.input.js';

@ArgsType()
export class SubscriberChangedArgs {
  @Field(() => String, {
    nullable: true,
    description:
      'The cursor to resume from, also one of a list or of `subscriberAdded`. The subscription first sends the changes after it, in order, then new ones. Without a cursor it sends new changes only.',
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
    description:
      'The subscribers to follow. It does not restrict the events: every change is sent, and `matches` says whether the subscriber passes the filter. By default all but erased ones.',
  })
  filter?: SubscriberFilterInput | null;

  @Field(() => [SubscriberChangeType], {
    nullable: true,
    description: 'The kinds of changes to send. By default all of them. An empty list sends none.',
  })
  kinds?: SubscriberChange[] | null;
}
