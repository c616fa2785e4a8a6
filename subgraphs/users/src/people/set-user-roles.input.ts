import { Field, ID, InputType } from '@nestjs/graphql';
import { RoleType } from '../accounts/role.type.js';
import type { Role } from '../roles.js';

@InputType({ description: 'The input of `setUserRoles`.' })
export class SetUserRolesInput {
  @Field(() => ID, { description: 'The id of the user.' })
  userId: string;

  @Field(() => [RoleType], {
    description: 'The new roles of the user. An empty list removes all roles.',
  })
  roles: Role[];
}
