import { RequiresScopes } from '@kit/auth';
import { listSize, PageArgs, parsePage } from '@kit/subgraph';
import { Args, ArgsType, Directive, Parent, PickType, Query, ResolveField, Resolver } from '@nestjs/graphql';
import { Count } from '../list/subscriber-connection.type.js';
import { type CountedTag, TagList } from './tag-list.js';
import { Tag, TagConnection } from './tag.type.js';

@ArgsType()
class TagsArgs extends PickType(PageArgs, ['first', 'after'] as const, ArgsType) {}

@Resolver(() => Tag)
export class TagResolver {
  constructor(private readonly list: TagList) {}

  @Query(() => TagConnection, {
    nullable: true,
    description: 'Lists the tags in use, the most used first. Tags with equal counts are sorted by name.',
  })
  @RequiresScopes('subscribers:read')
  @Directive(listSize('first'))
  tags(@Args() page: TagsArgs) {
    return this.list.page(parsePage(page));
  }

  @ResolveField(() => Count, {
    description: 'The number of subscribers with the tag, without erased ones.',
  })
  subscribers(@Parent() { subscribers }: CountedTag): Count {
    return { value: subscribers, precision: 'EXACT' };
  }
}
