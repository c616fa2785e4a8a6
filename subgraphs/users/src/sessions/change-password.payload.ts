import { Field, ObjectType } from '@nestjs/graphql';
import { AuthErrorType } from '../errors/auth-error.type.js';
import { TokensType } from './tokens.type.js';

@ObjectType({ description: 'The result of `changePassword`.' })
export class ChangePasswordPayload {
  @Field(() => TokensType, {
    nullable: true,
    description:
      'The new tokens of the current session, which replace its previous ones. Null if there are user errors.',
  })
  tokens?: TokensType;

  @Field(() => [AuthErrorType], { description: 'The reasons why the request failed. Empty if it succeeded.' })
  userErrors: AuthErrorType[];
}
