import { RequiresScopes } from '@kit/auth';
import { connectionOf, listSize, PageArgs, parsePage } from '@kit/subgraph';
import { Args, ArgsType, Directive, Field, InputType, ObjectType, Query, Resolver } from '@nestjs/graphql';
import { RoleType } from '../accounts/role.type.js';
import { UserType } from '../accounts/user.type.js';
import type { Role } from '../roles.js';
import { parseUserFilter } from './user-filter.js';
import { UserList } from './user-list.js';

@ObjectType({ description: 'A page of users.' })
export class UserConnection extends connectionOf(UserType, {
  name: 'User',
  item: 'user',
  items: 'users',
  order: 'newest first',
  cursor: 'Pass it as `after` or `before`, with the same filter.',
}) {}

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

@ArgsType()
export class UsersArgs extends PageArgs {
  @Field(() => UserFilterInput, {
    nullable: true,
    description: 'The users to list. By default all of them.',
  })
  filter?: UserFilterInput | null;
}

@Resolver()
export class UserListResolver {
  constructor(private readonly list: UserList) {}

  @Query(() => UserConnection, {
    nullable: true,
    description: 'Lists users, newest first, one page at a time.',
  })
  @RequiresScopes('users:read')
  @Directive(listSize('first', 'last'))
  users(@Args() { filter, ...page }: UsersArgs) {
    return this.list.page(parseUserFilter(filter), parsePage(page));
  }
}
