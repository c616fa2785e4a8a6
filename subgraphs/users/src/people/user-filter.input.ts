import { Field, InputType } from '@nestjs/graphql';
import { RoleType } from '../accounts/role.type.js';
import type { Role } from '../roles.js';

@InputType('UserFilter', {
  description: 'Selects the users that match every field. A field that is absent or null matches all users.',
})
export class UserFilterInput {
  @Field(() => String, {
    nullable: true,
    description:
      'Users whose e-mail address or name contains this text, in upper or lower case. At most 254 characters, none of which is a wildcard.',
  })
  query?: string | null;

  @Field(() => RoleType, { nullable: true, description: 'Users with this role.' })
  role?: Role | null;
}
