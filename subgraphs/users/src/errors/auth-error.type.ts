import { enumType, UserError } from '@kit/subgraph';
import { Field, Int, ObjectType } from '@nestjs/graphql';
import type { AuthFaultCode } from './auth-fault.js';

const AuthErrorCode = enumType<AuthFaultCode>(
  'AuthErrorCode',
  'The reasons why a mutation on accounts or sessions can fail.',
  {
    INVALID_INPUT: 'An argument is not valid. `field` names it.',
    INVALID_CREDENTIALS: 'The e-mail address, the password or both are wrong. The error does not say which.',
    WEAK_PASSWORD: 'The password is too short, too long or too easy to guess.',
    INVALID_TOKEN: 'The token is unknown, already used or expired, or its session was revoked.',
    TOKEN_REUSED:
      'A refresh token was sent again more than ten seconds after its first use. It may have been stolen, so its session was revoked.',
    EMAIL_NOT_VERIFIED: 'The e-mail address of the account is not verified yet.',
    RATE_LIMITED: 'There were too many attempts, or the server is busy. Try again after `retryAfterSeconds`.',
    LAST_OWNER: 'The user is the last owner and must keep the role `OWNER`.',
  },
);

@ObjectType('AuthError', {
  implements: UserError,
  description: 'A reason why a mutation on accounts or sessions failed.',
})
export class AuthErrorType extends UserError {
  @Field(() => AuthErrorCode, { description: 'The reason for the error, as a code for programs.' })
  code: AuthFaultCode;

  @Field(() => Int, {
    nullable: true,
    description: 'The number of seconds to wait before another attempt. Null if waiting does not help.',
  })
  retryAfterSeconds?: number;
}
