import { Field, InputType } from '@nestjs/graphql';

@InputType({ description: 'The input of `confirmSubscription` and `unsubscribe`.' })
export class SubscriptionTokenInput {
  @Field(() => String, { description: 'The token at the end of the link in a mail.' })
  token: string;
}
