import { type AuthContext, CurrentAuth, RequiresScopes } from '@kit/auth';
import { Args, Mutation, Resolver } from '@nestjs/graphql';
import { staff } from '../life/actor.js';
import { UpdateSubscriber } from './update-subscriber.js';
import { UpdateSubscriberInput, UpdateSubscriberPayload } from './update-subscriber.types.js';

@Resolver()
export class EditingResolver {
  constructor(private readonly updates: UpdateSubscriber) {}

  @Mutation(() => UpdateSubscriberPayload, {
    nullable: true,
    description: 'Changes the fields of a subscriber that the input has, and leaves the others.',
  })
  @RequiresScopes('subscribers:write')
  updateSubscriber(
    @Args('input', { type: () => UpdateSubscriberInput, description: 'The changes.' })
    input: UpdateSubscriberInput,
    @CurrentAuth() auth: AuthContext,
  ) {
    return this.updates.update(input, staff(auth));
  }
}
