import { Field, InputType } from '@nestjs/graphql';
import { RoleType } from '../accounts/role.type.js';
import type { Role } from '../roles.js';

@InputType('UserFilter', {
  description: 'Keeps those for whom every field holds. A field that is absent or null restricts nothing.',
})
export class UserFilterInput {
  @Field(() => String, {
    nullable: true,
    description:
      'Text that the e-mail address or the name holds, in upper or lower case; no character has a special meaning. At most 254 characters.',
  })
  query?: string | null;

  @Field(() => RoleType, { nullable: true, description: 'Who have this role, by itself or among others.' })
  role?: Role | null;
}
