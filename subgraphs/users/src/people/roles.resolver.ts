import { type AuthContext, CurrentAuth, RequiresScopes } from '@kit/auth';
import { Args, Field, ID, InputType, Mutation, ObjectType, Resolver } from '@nestjs/graphql';
import { RoleType } from '../accounts/role.type.js';
import { UserType } from '../accounts/user.type.js';
import { AuthErrorType } from '../errors/auth-error.type.js';
import type { Role } from '../roles.js';
import { RoleAssignment } from './role-assignment.js';

@InputType({ description: 'The input of `setUserRoles`.' })
export class SetUserRolesInput {
  @Field(() => ID, { description: 'The id of the user.' })
  userId: string;

  @Field(() => [RoleType], {
    description: 'The new roles of the user. An empty list removes all roles.',
  })
  roles: Role[];
}

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

@Resolver()
export class RolesResolver {
  constructor(private readonly roles: RoleAssignment) {}

  @Mutation(() => SetUserRolesPayload, {
    nullable: true,
    description:
      'Replaces the roles of a user. The new roles take effect with the next access token of the user, at the next login or refresh, which is at most ten minutes later. The last owner must keep the role `OWNER`.',
  })
  @RequiresScopes('users:admin')
  async setUserRoles(
    @Args('input', { description: 'The user and the new roles.' }) { userId, roles }: SetUserRolesInput,
    @CurrentAuth() by: AuthContext,
  ): Promise<SetUserRolesPayload> {
    const set = await this.roles.set(userId, roles, by);
    return set.fault ? { userErrors: [set.fault] } : { user: set.user, userErrors: [] };
  }
}
