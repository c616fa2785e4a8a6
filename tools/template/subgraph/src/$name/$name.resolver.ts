import { listSize, PageArgs, parsePage } from '@kit/subgraph';
import { Args, ArgsType, Directive, Parent, PickType, Query, ResolveField, Resolver } from '@nestjs/graphql';
import type { $ItemEntity } from './$one.entity.js';
import { $Item, $ItemConnection, User } from './$one.type.js';
import { $ItemsService } from './$name.service.js';

@ArgsType()
class $ItemsArgs extends PickType(PageArgs, ['first', 'after'] as const, ArgsType) {}

/** Every root field needs a logged-in viewer. `@RequiresScopes` of @kit/auth requires more, `@Public()` less. */
@Resolver(() => $Item)
export class $ItemsResolver {
  constructor(private readonly service: $ItemsService) {}

  @Query(() => $ItemConnection, { nullable: true, description: 'Lists $words, newest first.' })
  @Directive(listSize('first'))
  $items(@Args() page: $ItemsArgs) {
    return this.service.page(parsePage(page));
  }

  @ResolveField(() => User, { nullable: true, description: 'The author. Null if the account was deleted.' })
  author(@Parent() { authorId }: $ItemEntity) {
    return { __typename: 'User', id: authorId };
  }
}
