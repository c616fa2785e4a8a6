import { Args, Mutation, Resolver } from '@nestjs/graphql';
import { type AuthContext, CurrentAuth, RequiresScopes } from '@kit/auth';

import { RoleAssignment } from './role-assignment.js';
import { SetUserRolesInput } from './set-user-roles.input.js';
import { SetUserRolesPayload } from './set-user-roles.payload.js';

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
