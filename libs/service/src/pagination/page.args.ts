import { ArgsType, Field, Int } from '@nestjs/graphql';
import { DEFAULT_PAGE_SIZE, LARGEST_PAGE_SIZE } from './page-request.js';

/** The arguments of a Relay connection field (GraphQL Cursor Connections Specification, section 4). */
@ArgsType()
export class PageArgs {
  @Field(() => Int, {
    nullable: true,
    description: `The page size, between 1 and ${LARGEST_PAGE_SIZE}. Default: ${DEFAULT_PAGE_SIZE}.`,
  })
  first?: number | null;

  @Field(() => String, { nullable: true, description: 'Returns items after this cursor.' })
  after?: string | null;

  @Field(() => Int, {
    nullable: true,
    description: `The page size when paging backward, between 1 and ${LARGEST_PAGE_SIZE}.`,
  })
  last?: number | null;

  @Field(() => String, { nullable: true, description: 'Returns items before this cursor.' })
  before?: string | null;
}
