import { ArgsType, Field, Int } from '@nestjs/graphql';

@ArgsType()
export class PageArgs {
  @Field(() => Int, {
    nullable: true,
    description: 'How many to take, from 1 to 100; 20 when nothing is said.',
  })
  first?: number | null;

  @Field(() => String, { nullable: true, description: 'Take those after this cursor.' })
  after?: string | null;

  @Field(() => Int, { nullable: true, description: 'How many to take from the end, from 1 to 100.' })
  last?: number | null;

  @Field(() => String, { nullable: true, description: 'Take those before this cursor.' })
  before?: string | null;
}
