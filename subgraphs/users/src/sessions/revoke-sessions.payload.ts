import { Field, Int, ObjectType } from '@nestjs/graphql';
import { AuthErrorType } from '../errors/auth-error.type.js';

@ObjectType({ description: 'The result of `revokeSessions`.' })
export class RevokeSessionsPayload {
  @Field(() => Int, {
    description:
      'The number of sessions that this request revoked. Sessions that had already expired or been revoked do not count.',
  })
  revoked: number;

  @Field(() => [AuthErrorType], { description: 'The reasons why the request failed. Empty if it succeeded.' })
  userErrors: AuthErrorType[];
}
