import { Field, Int, InterfaceType, ObjectType, registerEnumType } from '@nestjs/graphql';
import { AUTH_FAULT_CODES, type AuthFaultCode } from './auth-fault.js';

@InterfaceType('UserError', {
  description: 'An expected failure of a mutation, returned as data instead of as a GraphQL error.',
})
export abstract class UserErrorType {
  @Field({ description: 'A message for people: the problem, and how to solve it.' })
  message: string;

  @Field(() => [String], {
    nullable: true,
    description:
      'The path of the invalid argument, such as `["input", "email"]`. Null if the error does not concern a single argument.',
  })
  field?: readonly string[];
}

const AuthErrorCode = Object.fromEntries(AUTH_FAULT_CODES.map((code) => [code, code]));

registerEnumType(AuthErrorCode, {
  name: 'AuthErrorCode',
  description: 'The reasons why a mutation on accounts or sessions can fail.',
  valuesMap: {
    INVALID_INPUT: { description: 'An argument is not valid. `field` names it.' },
    INVALID_CREDENTIALS: {
      description: 'The e-mail address, the password or both are wrong. The error does not say which.',
    },
    WEAK_PASSWORD: { description: 'The password is too short, too long or too easy to guess.' },
    INVALID_TOKEN: {
      description: 'The token is unknown, already used or expired, or its session was revoked.',
    },
    TOKEN_REUSED: {
      description:
        'A refresh token was sent again more than ten seconds after its first use. It may have been stolen, so its session was revoked.',
    },
    EMAIL_NOT_VERIFIED: { description: 'The e-mail address of the account is not verified yet.' },
    RATE_LIMITED: {
      description:
        'There were too many attempts, or the server is busy. Try again after `retryAfterSeconds`.',
    },
    LAST_OWNER: { description: 'The user is the last owner and must keep the role `OWNER`.' },
  },
});

@ObjectType('AuthError', {
  implements: () => [UserErrorType],
  description: 'A reason why a mutation on accounts or sessions failed.',
})
export class AuthErrorType extends UserErrorType {
  @Field(() => AuthErrorCode, { description: 'The reason for the error, as a code for programs.' })
  code: AuthFaultCode;

  @Field(() => Int, {
    nullable: true,
    description: 'The number of seconds to wait before another attempt. Null if waiting does not help.',
  })
  retryAfterSeconds?: number;
}
