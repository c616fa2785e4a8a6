import { Field, ID, InputType } from '@nestjs/graphql';
import { RoleType } from '../accounts/role.type.js';
import type { Role } from '../roles.js';

@InputType({ description: 'Who shall have which roles.' })
export class SetUserRolesInput {
  @Field(() => ID, { description: 'The `id` of a `User`.' })
  userId: string;

  @Field(() => [RoleType], {
    description: 'All the roles that they shall have from now on, one at least; any other they lose.',
  })
  roles: Role[];
}
