import { type AuthContext, CurrentAuth, RequiresScopes } from '@kit/auth';
import { Args, Directive, Field, InputType, Int, Mutation, ObjectType, Resolver } from '@nestjs/graphql';
import { staff } from '../life/actor.js';
import { SubscriberFilterInput } from '../list/subscriber-filter.input.js';
import { SubscriberError } from '../subscriber-error.type.js';
import { Tagging } from './tagging.js';

@InputType({ description: 'The input of `tagSubscribers`.' })
export class TagSubscribersInput {
  @Field(() => SubscriberFilterInput, {
    description: 'The subscribers to change. An empty filter matches all but erased ones.',
  })
  filter: SubscriberFilterInput;

  @Field(() => [String], {
    nullable: true,
    description: 'Tags to add: at most 100, each at most 64 characters long.',
  })
  add?: string[] | null;

  @Field(() => [String], {
    nullable: true,
    description: 'Tags to remove. A tag that is also in `add` is removed.',
  })
  remove?: string[] | null;
}

@ObjectType({ description: 'The result of `tagSubscribers`.' })
export class TagSubscribersPayload {
  @Field(() => Int, { description: 'The number of subscribers that this call changed.' })
  changed: number;

  @Field(() => Boolean, {
    description: 'Whether more subscribers have to change. Call again with the same input.',
  })
  remaining: boolean;

  @Field(() => [SubscriberError], {
    description:
      'The reasons why the request failed, or why some subscribers did not change. Empty if it succeeded.',
  })
  userErrors: SubscriberError[];
}

@Resolver()
export class TaggingResolver {
  constructor(private readonly tagging: Tagging) {}

  @Mutation(() => TagSubscribersPayload, {
    nullable: true,
    description:
      'Adds tags to all subscribers that a filter matches, or removes them. One call changes at most 10,000 subscribers. Those who would have more than 100 tags do not change, and the last call returns a user error about them.',
  })
  @RequiresScopes('subscribers:write')
  @Directive('@cost(weight: 100)')
  tagSubscribers(
    @Args('input', { type: () => TagSubscribersInput, description: 'The subscribers and the tags.' })
    input: TagSubscribersInput,
    @CurrentAuth() auth: AuthContext,
  ) {
    return this.tagging.tag(input, staff(auth));
  }
}
