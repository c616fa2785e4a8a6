import { Field, InputType } from '@nestjs/graphql';

@InputType({ description: 'The input of `requestPasswordReset`.' })
export class RequestPasswordResetInput {
  @Field({ description: 'The e-mail address of the account.' })
  email: string;
}
