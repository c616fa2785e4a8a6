import { enumType } from '@kit/subgraph';
import { Field, ID, InputType } from '@nestjs/graphql';
import { GraphQLJSONObject } from 'graphql-scalars';
import type { OnExisting } from './add-subscriber-request.js';

const OnExistingType = enumType<OnExisting>(
  'OnExisting',
  'How `addSubscriber` handles an address that is already on the list.',
  { RETURN: 'Return the existing subscriber.', FAIL: 'Return the user error `ALREADY_EXISTS`.' },
);

@InputType({ description: 'The input of `addSubscriber`.' })
export class AddSubscriberInput {
  @Field(() => String, {
    description:
      'The e-mail address. It is stored as entered, and two spellings of the same address count as one.',
  })
  email: string;

  @Field(() => String, {
    nullable: true,
    description: 'The name of the subscriber, at most 200 characters long.',
  })
  name?: string | null;

  @Field(() => OnExistingType, {
    nullable: true,
    defaultValue: OnExistingType.RETURN,
    description: 'How to handle an address that is already on the list.',
  })
  onExisting?: OnExisting | null;

  @Field(() => ID, {
    nullable: true,
    description:
      'A key of your choice that makes retries safe, from 1 to 255 characters long. A request with the same key and input returns the result of the first one, for 30 days.',
  })
  idempotencyKey?: string | null;

  @Field(() => [String], {
    nullable: true,
    description: 'The tags of the new subscriber: at most 100, each at most 64 characters long.',
  })
  tags?: string[] | null;

  @Field(() => GraphQLJSONObject, {
    nullable: true,
    description: 'More data of the new subscriber, at most 16 KiB of JSON.',
  })
  attributes?: Record<string, unknown> | null;

  @Field(() => Boolean, {
    nullable: true,
    defaultValue: false,
    description:
      'Whether the new subscriber has to confirm the address with the link in a mail. Until then the status is `PENDING`.',
  })
  requireConfirmation?: boolean | null;

  @Field(() => String, {
    nullable: true,
    description: 'What the new subscriber agreed to, as you state it. At most 2,000 characters.',
  })
  consentText?: string | null;
}
