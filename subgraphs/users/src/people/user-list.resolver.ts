import { Args, Directive, Query, Resolver } from '@nestjs/graphql';
import { RequiresScopes } from '@kit/auth';
import { listSize, parsePage } from '@kit/subgraph';

import { UserConnection } from './user-connection.type.js';
import { parseUserFilter } from './user-filter.js';
import { UserList } from './user-list.js';
import { UsersArgs } from './users.args.js';

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
