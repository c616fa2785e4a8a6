import { Field, Int, ObjectType } from '@nestjs/graphql';
import { AuthErrorType } from '../errors/auth-error.type.js';

@ObjectType({ description: 'The outcome of `revokeSessions`.' })
export class RevokeSessionsPayload {
  @Field(() => Int, { description: 'How many sessions ended; those that were over already do not count.' })
  revoked: number;

  @Field(() => [AuthErrorType], { description: 'Why nothing was done.' })
  userErrors: AuthErrorType[];
}
