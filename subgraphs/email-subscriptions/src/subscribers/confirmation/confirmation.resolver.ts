import { type AuthContext, CurrentAuth, Public, RequiresScopes } from '@kit/auth';
import { Args, Field, ID, InputType, Mutation, ObjectType, Resolver } from '@nestjs/graphql';
import { invalidToken } from '../subscriber-error.js';
import { SubscriberError } from '../subscriber-error.type.js';
import { SubscriptionTokenInput } from '../subscription-token.input.js';
import { Confirmation } from './confirmation.js';
import { ResendConfirmation } from './resend-confirmation.js';

@ObjectType({ description: 'The result of `confirmSubscription`.' })
export class ConfirmSubscriptionPayload {
  @Field(() => Boolean, { description: 'Whether the address is confirmed.' })
  confirmed: boolean;

  @Field(() => [SubscriberError], {
    description: 'The reasons why the request failed. Empty if it succeeded.',
  })
  userErrors: SubscriberError[];
}

@InputType({ description: 'The input of `resendConfirmation`.' })
export class ResendConfirmationInput {
  @Field(() => ID, { description: 'The id of a subscriber with the status `PENDING`.' })
  id: string;
}

@ObjectType({ description: 'The result of `resendConfirmation`.' })
export class ResendConfirmationPayload {
  @Field(() => Boolean, { description: 'Whether a mail will be sent.' })
  accepted: boolean;

  @Field(() => [SubscriberError], {
    description: 'The reasons why the request failed. Empty if it succeeded.',
  })
  userErrors: SubscriberError[];
}

@Resolver()
export class ConfirmationResolver {
  constructor(
    private readonly confirmation: Confirmation,
    private readonly resending: ResendConfirmation,
  ) {}

  @Mutation(() => ConfirmSubscriptionPayload, {
    nullable: true,
    description:
      'Confirms an address with the token of a confirmation mail. It succeeds again with the same token while the subscriber is `ACTIVE`.',
  })
  @Public()
  async confirmSubscription(
    @Args('input', { type: () => SubscriptionTokenInput, description: 'The token of the mail.' })
    { token }: SubscriptionTokenInput,
    @CurrentAuth() { origin }: AuthContext,
  ) {
    const confirmed = await this.confirmation.confirm(token, origin);
    return { confirmed, userErrors: confirmed ? [] : [invalidToken()] };
  }

  @Mutation(() => ResendConfirmationPayload, {
    nullable: true,
    description:
      'Mails the confirmation link of a pending subscriber once more: at most once an hour, and five times in all.',
  })
  @RequiresScopes('subscribers:write')
  async resendConfirmation(
    @Args('input', { type: () => ResendConfirmationInput, description: 'The subscriber to write to.' })
    { id }: ResendConfirmationInput,
  ) {
    const error = await this.resending.resend(id);
    return { accepted: error === null, userErrors: error ? [error] : [] };
  }
}
