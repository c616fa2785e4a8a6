import { Field, Int, ObjectType } from '@nestjs/graphql';
import { AuthErrorType } from '../errors/auth-error.type.js';

@ObjectType({ description: 'The result of `logout`.' })
export class LogoutPayload {
  @Field(() => Int, {
    description:
      'The number of sessions that this request revoked. 0 if the current session had already expired or been revoked.',
  })
  revoked: number;

  @Field(() => [AuthErrorType], { description: 'Always empty at present.' })
  userErrors: AuthErrorType[];
}
