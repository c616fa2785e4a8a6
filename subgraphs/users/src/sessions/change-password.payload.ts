import { Field, ObjectType } from '@nestjs/graphql';
import { AuthErrorType } from '../errors/auth-error.type.js';
import { TokensType } from './tokens.type.js';

@ObjectType({ description: 'The outcome of `changePassword`.' })
export class ChangePasswordPayload {
  @Field(() => TokensType, {
    nullable: true,
    description:
      'Take the place of those that the session had, which goes on; null when nothing was changed.',
  })
  tokens?: TokensType;

  @Field(() => [AuthErrorType], { description: 'Why the password is what it was.' })
  userErrors: AuthErrorType[];
}
