import { Field, Int, ObjectType, registerEnumType } from '@nestjs/graphql';
import { AUTH_FAULT_CODES, type AuthFaultCode } from './auth-fault.js';
import { UserErrorType } from './user-error.type.js';

const AuthErrorCode = Object.fromEntries(AUTH_FAULT_CODES.map((code) => [code, code]));

registerEnumType(AuthErrorCode, {
  name: 'AuthErrorCode',
  description: 'What went wrong, for programs.',
  valuesMap: {
    INVALID_INPUT: { description: 'An argument is malformed; `field` names it.' },
    INVALID_CREDENTIALS: {
      description: 'The address, the password or both are wrong; which one is not told.',
    },
    WEAK_PASSWORD: { description: 'The password is too short, too long, or too easy to guess.' },
    INVALID_TOKEN: { description: 'The token is unknown, used up or expired, or its session has ended.' },
    TOKEN_REUSED: {
      description:
        'A refresh token came again more than ten seconds after it was used, so its session was ended for safety.',
    },
    EMAIL_NOT_VERIFIED: { description: 'The address must be verified first.' },
    RATE_LIMITED: { description: 'Too many attempts; `retryAfterSeconds` tells how long to wait.' },
    LAST_OWNER: { description: 'The last owner cannot give that role away.' },
  },
});

@ObjectType('AuthError', {
  implements: () => [UserErrorType],
  description: 'An expected outcome of a mutation on accounts or sessions that is not the one asked for.',
})
export class AuthErrorType extends UserErrorType {
  @Field(() => AuthErrorCode, { description: 'What went wrong, for programs.' })
  code: AuthFaultCode;

  @Field(() => Int, {
    nullable: true,
    description: 'After how many seconds another attempt makes sense; null when waiting does not help.',
  })
  retryAfterSeconds?: number;
}
