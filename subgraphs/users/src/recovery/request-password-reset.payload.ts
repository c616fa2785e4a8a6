import { Field, ObjectType } from '@nestjs/graphql';
import { AuthErrorType } from '../errors/auth-error.type.js';

@ObjectType({ description: 'The outcome of `requestPasswordReset`.' })
export class RequestPasswordResetPayload {
  @Field({
    description: 'Whether the input was in order. It says the same for an address that has no account.',
  })
  accepted: boolean;

  @Field(() => [AuthErrorType], { description: 'What is wrong with the input.' })
  userErrors: AuthErrorType[];
}
