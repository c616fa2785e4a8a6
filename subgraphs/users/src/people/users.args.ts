import { ArgsType, Field } from '@nestjs/graphql';
import { PageArgs } from '@kit/subgraph';
import { UserFilterInput } from './user-filter.input.js';

@ArgsType()
export class UsersArgs extends PageArgs {
  @Field(() => UserFilterInput, {
    nullable: true,
    description: 'The users to list. By default all of them.',
  })
  filter?: UserFilterInput | null;
}
