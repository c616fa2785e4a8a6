import { Args, Context, ID, Parent, Query, ResolveField, ResolveReference, Resolver } from '@nestjs/graphql';
import { RequiresScopes } from '@kit/auth';
import type { SubgraphContext } from '@kit/subgraph';
import type { Role } from '../roles.js';
import { EmailAddress } from '@kit/mail';
import { RoleType } from './role.type.js';
import type { UserEntity } from './user.entity.js';
import { UserLoader } from './user.loader.js';
import { UserType } from './user.type.js';

@Resolver(() => UserType)
export class UserResolver {
  constructor(private readonly users: UserLoader) {}

  @Query(() => UserType, {
    nullable: true,
    description: 'Returns the user with an id, or null if there is none.',
  })
  @RequiresScopes('users:read')
  user(
    @Args('id', { type: () => ID, description: 'The id of the user. A malformed id returns null.' })
    id: string,
    @Context() context: SubgraphContext,
  ): Promise<UserEntity | null> {
    return this.users.load(context, id);
  }

  /** The guard treats this as a root field, so anonymous clients cannot resolve entities. */
  @ResolveReference()
  resolveReference(reference: { id: string }, context: SubgraphContext): Promise<UserEntity | null> {
    return this.users.load(context, reference.id);
  }

  @ResolveField(() => EmailAddress, {
    nullable: true,
    description: 'The e-mail address. Requires `users:read`.',
  })
  @RequiresScopes('users:read')
  email(@Parent() user: UserEntity): string {
    return user.email;
  }

  @ResolveField(() => [RoleType], {
    nullable: true,
    description: 'The roles of the user. Requires `users:read`.',
  })
  @RequiresScopes('users:read')
  roles(@Parent() user: UserEntity): Role[] {
    return user.roles;
  }
}
