import { Field, ObjectType } from '@nestjs/graphql';
import { AuthErrorType } from '../errors/auth-error.type.js';
import { TokensType } from './tokens.type.js';
import { ViewerType } from './viewer.type.js';

@ObjectType({ description: 'The outcome of `login`.' })
export class LoginPayload {
  @Field(() => TokensType, { nullable: true, description: 'Null when the login failed.' })
  tokens?: TokensType;

  @Field(() => ViewerType, {
    nullable: true,
    description: 'Who has just logged in; null when the login failed.',
  })
  viewer?: ViewerType;

  @Field(() => [AuthErrorType], { description: 'Why the login failed.' })
  userErrors: AuthErrorType[];
}
