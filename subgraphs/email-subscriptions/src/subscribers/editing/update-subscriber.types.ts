import { Field, ID, InputType, Int, ObjectType } from '@nestjs/graphql';
import { GraphQLJSONObject } from 'graphql-scalars';
import { SubscriberError } from '../subscriber-error.type.js';
import { Subscriber } from '../subscriber.type.js';

@InputType({
  description: 'The input of `updateSubscriber`. Fields that are absent leave the subscriber as it is.',
})
export class UpdateSubscriberInput {
  @Field(() => ID, { description: 'The id of the subscriber.' })
  id: string;

  @Field(() => String, {
    nullable: true,
    description: 'The new name, at most 200 characters long. Null or an empty text removes the name.',
  })
  name?: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      'The new e-mail address. The subscriber has to confirm it before receiving mail. Another spelling of the same address needs no confirmation.',
  })
  email?: string | null;

  @Field(() => [String], {
    nullable: true,
    description: 'Tags to add. A subscriber can have at most 100 tags.',
  })
  addTags?: string[] | null;

  @Field(() => [String], {
    nullable: true,
    description: 'Tags to remove. A tag that is also in `addTags` is removed.',
  })
  removeTags?: string[] | null;

  @Field(() => GraphQLJSONObject, {
    nullable: true,
    description:
      'Attributes to set. Null removes an attribute, and the others stay. All attributes together can have at most 16 KiB of JSON.',
  })
  attributes?: Record<string, unknown> | null;

  @Field(() => Int, {
    nullable: true,
    description:
      'The revision that the change is based on. If the subscriber has another one, nothing changes and the user error `STALE_REVISION` has the present subscriber.',
  })
  expectedRevision?: number | null;
}

@ObjectType({ description: 'The result of `updateSubscriber`.' })
export class UpdateSubscriberPayload {
  @Field(() => Subscriber, {
    nullable: true,
    description: 'The subscriber after the change. Null if there are user errors.',
  })
  subscriber: Subscriber | null;

  @Field(() => [SubscriberError], {
    description: 'The reasons why the request failed. Empty if it succeeded.',
  })
  userErrors: SubscriberError[];
}
