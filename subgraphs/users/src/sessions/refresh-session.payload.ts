import { Field, ObjectType } from '@nestjs/graphql';
import { AuthErrorType } from '../errors/auth-error.type.js';
import { TokensType } from './tokens.type.js';

@ObjectType({ description: 'The outcome of `refreshSession`.' })
export class RefreshSessionPayload {
  @Field(() => TokensType, { nullable: true, description: 'Null when the refresh token did not work.' })
  tokens?: TokensType;

  @Field(() => [AuthErrorType], { description: 'Why there are no new tokens.' })
  userErrors: AuthErrorType[];
}
