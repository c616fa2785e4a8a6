import { ArgsType, Field } from '@nestjs/graphql';
import { PageArgs } from '@supergraph/service/pagination/page.args';
import { UserFilterInput } from './user-filter.input.js';

@ArgsType()
export class UsersArgs extends PageArgs {
  @Field(() => UserFilterInput, {
    nullable: true,
    description: 'Whom to list; everybody when nothing is said.',
  })
  filter?: UserFilterInput | null;
}
