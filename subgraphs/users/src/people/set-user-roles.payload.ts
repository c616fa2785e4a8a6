import { Field, ObjectType } from '@nestjs/graphql';
import { UserType } from '../accounts/user.type.js';
import { AuthErrorType } from '../errors/auth-error.type.js';

@ObjectType({ description: 'The result of `setUserRoles`.' })
export class SetUserRolesPayload {
  @Field(() => UserType, {
    nullable: true,
    description: 'The user with the new roles. Null if there are user errors.',
  })
  user?: UserType;

  @Field(() => [AuthErrorType], { description: 'The reasons why the request failed. Empty if it succeeded.' })
  userErrors: AuthErrorType[];
}
