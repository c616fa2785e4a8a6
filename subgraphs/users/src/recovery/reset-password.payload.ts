import { Field, ObjectType } from '@nestjs/graphql';
import { AuthErrorType } from '../errors/auth-error.type.js';

@ObjectType({ description: 'The result of `resetPassword`.' })
export class ResetPasswordPayload {
  @Field(() => [AuthErrorType], {
    description: 'The reasons why the request failed. Empty if it succeeded.',
  })
  userErrors: AuthErrorType[];
}
