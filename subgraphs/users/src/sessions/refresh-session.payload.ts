import { Field, ObjectType } from '@nestjs/graphql';
import { AuthErrorType } from '../errors/auth-error.type.js';
import { TokensType } from './tokens.type.js';

@ObjectType({ description: 'The result of `refreshSession`.' })
export class RefreshSessionPayload {
  @Field(() => TokensType, {
    nullable: true,
    description: 'The new tokens of the session. Null if there are user errors.',
  })
  tokens?: TokensType;

  @Field(() => [AuthErrorType], { description: 'The reasons why the request failed. Empty if it succeeded.' })
  userErrors: AuthErrorType[];
}
