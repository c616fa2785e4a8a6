import { connectionOf, enumType } from '@kit/subgraph';
import { Field, ObjectType } from '@nestjs/graphql';
import { GraphQLDateTime } from 'graphql-scalars';
import { SubscriberSourceType } from '../subscriber.type.js';
import type { SubscriberSource } from '../subscriber.entity.js';
import type { SubscriberChange } from './transitions.js';

export const SubscriberChangeType = enumType<SubscriberChange>(
  'SubscriberChange',
  'The kinds of changes of a subscriber.',
  {
    ADDED: 'The subscriber was added to the list.',
    CONFIRMED: 'The subscriber confirmed the address.',
    UPDATED: 'The address, name, tags or attributes changed.',
    UNSUBSCRIBED: 'The subscriber does not want mail any more.',
    BOUNCED: 'Mail to the address was returned.',
    COMPLAINED: 'The subscriber reported a mail as spam.',
    ERASED: 'All personal data was removed.',
  },
);

@ObjectType({ description: 'A change of a subscriber.' })
export class SubscriberHistoryEntry {
  @Field(() => GraphQLDateTime, { description: 'The time of the change.' })
  at: Date;

  @Field(() => SubscriberChangeType, { description: 'The kind of the change.' })
  kind: SubscriberChange;

  @Field(() => SubscriberSourceType, { description: 'How the change came to the list.' })
  source: SubscriberSource;

  @Field(() => [String], {
    description:
      'The names of the fields that changed, without their values. Empty for other kinds than `UPDATED`.',
  })
  changed: string[];

  @Field(() => String, {
    nullable: true,
    description: 'The reason that was given. An erasure removes the reasons of earlier changes.',
  })
  reason: string | null;
}

@ObjectType({ description: 'A page of the history of a subscriber.' })
export class SubscriberHistoryConnection extends connectionOf(SubscriberHistoryEntry, {
  name: 'SubscriberHistory',
  item: 'change',
  items: 'changes',
  order: 'newest first',
  cursor: 'Pass it as `after`.',
}) {}
