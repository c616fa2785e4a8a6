import { Field, ObjectType } from '@nestjs/graphql';
import { AuthErrorType } from '../errors/auth-error.type.js';

@ObjectType({ description: 'The outcome of `register`.' })
export class RegisterPayload {
  @Field({
    description:
      'Whether the input was in order. It says the same for an address that has an account already.',
  })
  accepted: boolean;

  @Field(() => [AuthErrorType], { description: 'Everything that is wrong with the input.' })
  userErrors: AuthErrorType[];
}
