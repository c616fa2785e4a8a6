import { Args, Mutation, Resolver } from '@nestjs/graphql';
import type { Viewer } from '@supergraph/auth-context/auth-context';
import { CurrentViewer, RequiresScopes } from '@supergraph/auth-context/decorators';
import { AddSubscriberInput } from './add-subscriber.input.js';
import { AddSubscriberPayload } from './add-subscriber.payload.js';
import { AddSubscriber } from './add-subscriber.js';
import { userAsAdder } from './adder.js';

@Resolver()
export class AdditionResolver {
  constructor(private readonly addition: AddSubscriber) {}

  @Mutation(() => AddSubscriberPayload, {
    nullable: true,
    description: 'Puts an e-mail address on the list.',
  })
  @RequiresScopes('subscribers:write')
  addSubscriber(
    @Args('input', { type: () => AddSubscriberInput, description: 'Whom to add.' }) input: AddSubscriberInput,
    @CurrentViewer() viewer: Viewer,
  ) {
    return this.addition.add(input, userAsAdder(viewer));
  }
}
