import { Field, ObjectType } from '@nestjs/graphql';
import { AuthErrorType } from '../errors/auth-error.type.js';
import { TokensType } from './tokens.type.js';
import { ViewerType } from './viewer.type.js';

@ObjectType({ description: 'The result of `login`.' })
export class LoginPayload {
  @Field(() => TokensType, {
    nullable: true,
    description: 'The tokens of the new session. Null if there are user errors.',
  })
  tokens?: TokensType;

  @Field(() => ViewerType, {
    nullable: true,
    description: 'The user that logged in. Null if there are user errors.',
  })
  viewer?: ViewerType;

  @Field(() => [AuthErrorType], { description: 'The reasons why the request failed. Empty if it succeeded.' })
  userErrors: AuthErrorType[];
}
