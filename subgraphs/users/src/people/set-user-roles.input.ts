import { Field, ID, InputType } from '@nestjs/graphql';
import { RoleType } from '../accounts/role.type.js';
import type { Role } from '../roles.js';

@InputType({ description: 'Who shall have which roles.' })
export class SetUserRolesInput {
  @Field(() => ID, { description: 'The `id` of a `User`.' })
  userId: string;

  @Field(() => [RoleType], {
    description: 'All the roles that the user has from now on. An empty list takes every role away.',
  })
  roles: Role[];
}
