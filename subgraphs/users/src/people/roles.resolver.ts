import { Args, Mutation, Resolver } from '@nestjs/graphql';
import type { AuthContext } from '@supergraph/auth-context/auth-context';
import { CurrentAuth, RequiresScopes } from '@supergraph/auth-context/decorators';
import { RoleAssignment } from './role-assignment.js';
import { SetUserRolesInput } from './set-user-roles.input.js';
import { SetUserRolesPayload } from './set-user-roles.payload.js';

@Resolver()
export class RolesResolver {
  constructor(private readonly roles: RoleAssignment) {}

  @Mutation(() => SetUserRolesPayload, {
    nullable: true,
    description:
      'Gives a user exactly these roles. They take effect with the user’s next access token: when they next log in or refresh, ten minutes later at most. The last owner stays one.',
  })
  @RequiresScopes('users:admin')
  async setUserRoles(
    @Args('input') { userId, roles }: SetUserRolesInput,
    @CurrentAuth() by: AuthContext,
  ): Promise<SetUserRolesPayload> {
    const set = await this.roles.set(userId, roles, by);
    return set.fault ? { userErrors: [set.fault] } : { user: set.user, userErrors: [] };
  }
}
