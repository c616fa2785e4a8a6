import { Field, ObjectType } from '@nestjs/graphql';
import { AuthErrorType } from '../errors/auth-error.type.js';

@ObjectType({ description: 'The result of `register`.' })
export class RegisterPayload {
  @Field({
    description: 'Whether the request was accepted. Also true if the address already has an account.',
  })
  accepted: boolean;

  @Field(() => [AuthErrorType], { description: 'The reasons why the request failed. Empty if it succeeded.' })
  userErrors: AuthErrorType[];
}
