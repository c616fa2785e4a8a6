import { Field, ObjectType } from '@nestjs/graphql';
import { AuthErrorType } from '../errors/auth-error.type.js';

@ObjectType({ description: 'The outcome of `resetPassword`.' })
export class ResetPasswordPayload {
  @Field(() => [AuthErrorType], {
    description: 'Why the password is still the old one; empty when it is not.',
  })
  userErrors: AuthErrorType[];
}
