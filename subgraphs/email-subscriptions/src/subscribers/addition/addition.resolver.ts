import { Args, Mutation, Resolver } from '@nestjs/graphql';
import { CurrentViewer, RequiresScopes, type Viewer } from '@kit/auth';

import { AddSubscriberInput } from './add-subscriber.input.js';
import { AddSubscriberPayload } from './add-subscriber.payload.js';
import { AddSubscriber } from './add-subscriber.js';
import { userAsAdder } from './adder.js';

@Resolver()
export class AdditionResolver {
  constructor(private readonly addition: AddSubscriber) {}

  @Mutation(() => AddSubscriberPayload, {
    nullable: true,
    description: 'Adds a subscriber to the list.',
  })
  @RequiresScopes('subscribers:write')
  addSubscriber(
    @Args('input', { type: () => AddSubscriberInput, description: 'The subscriber to add.' })
    input: AddSubscriberInput,
    @CurrentViewer() viewer: Viewer,
  ) {
    return this.addition.add(input, userAsAdder(viewer));
  }
}
