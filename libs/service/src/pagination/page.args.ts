import { ArgsType, Field, Int } from '@nestjs/graphql';
import { DEFAULT_PAGE_SIZE, LARGEST_PAGE_SIZE } from './page-request.js';

/** The arguments of a Relay connection field (GraphQL Cursor Connections Specification, section 4). */
@ArgsType()
export class PageArgs {
  @Field(() => Int, {
    nullable: true,
    description: `How many to take, from 1 to ${LARGEST_PAGE_SIZE}; ${DEFAULT_PAGE_SIZE} when nothing is said.`,
  })
  first?: number | null;

  @Field(() => String, { nullable: true, description: 'Take those after this cursor.' })
  after?: string | null;

  @Field(() => Int, {
    nullable: true,
    description: `How many to take from the end, from 1 to ${LARGEST_PAGE_SIZE}.`,
  })
  last?: number | null;

  @Field(() => String, { nullable: true, description: 'Take those before this cursor.' })
  before?: string | null;
}
