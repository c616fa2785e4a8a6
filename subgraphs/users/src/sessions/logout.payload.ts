import { Field, Int, ObjectType } from '@nestjs/graphql';
import { AuthErrorType } from '../errors/auth-error.type.js';

@ObjectType({ description: 'The outcome of `logout`.' })
export class LogoutPayload {
  @Field(() => Int, {
    description: 'How many sessions ended; 0 when the session of this request was over already.',
  })
  revoked: number;

  @Field(() => [AuthErrorType], { description: 'Nothing can go wrong today; here as in every payload.' })
  userErrors: AuthErrorType[];
}
