import { Field, ObjectType } from '@nestjs/graphql';
import { UserType } from '../accounts/user.type.js';
import { AuthErrorType } from '../errors/auth-error.type.js';

@ObjectType({ description: 'The outcome of `setUserRoles`.' })
export class SetUserRolesPayload {
  @Field(() => UserType, {
    nullable: true,
    description: 'The user with these roles; null when nothing was set.',
  })
  user?: UserType;

  @Field(() => [AuthErrorType], { description: 'Why nothing was set.' })
  userErrors: AuthErrorType[];
}
