import { ArgsType, Field, Int } from '@nestjs/graphql';

export const DEFAULT_PAGE_SIZE = 20;
export const LARGEST_PAGE_SIZE = 100;

/** The arguments of a Relay connection field (GraphQL Cursor Connections Specification, section 4). */
@ArgsType()
export class PageArgs {
  @Field(() => Int, {
    nullable: true,
    description: `The number of items to return, from 1 to ${LARGEST_PAGE_SIZE}. By default ${DEFAULT_PAGE_SIZE}.`,
  })
  first?: number | null;

  @Field(() => String, { nullable: true, description: 'Returns the items after this cursor.' })
  after?: string | null;

  @Field(() => Int, {
    nullable: true,
    description: `The number of items to return from the end of the list, from 1 to ${LARGEST_PAGE_SIZE}.`,
  })
  last?: number | null;

  @Field(() => String, { nullable: true, description: 'Returns the items before this cursor.' })
  before?: string | null;
}
