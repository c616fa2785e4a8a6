import { Field, ObjectType } from '@nestjs/graphql';
import { PageInfo } from '@supergraph/service/pagination/page-info.type';
import { UserType } from '../accounts/user.type.js';

@ObjectType({ description: 'A user and their place in the list.' })
export class UserEdge {
  @Field(() => UserType, { description: 'The user.' })
  node: UserType;

  @Field(() => String, { description: 'Their place, to page from; good for the same filter only.' })
  cursor: string;
}

@ObjectType({ description: 'One page of the users.' })
export class UserConnection {
  @Field(() => [UserType], { description: 'The users on this page, in the order of the list.' })
  nodes: UserType[];

  @Field(() => [UserEdge], { description: 'The same users, each with their place in the list.' })
  edges: UserEdge[];

  @Field(() => PageInfo, { description: 'Where this page lies in the list.' })
  pageInfo: PageInfo;
}
