import { Field, ObjectType } from '@nestjs/graphql';
import { PageInfo } from '@kit/subgraph';
import { UserType } from '../accounts/user.type.js';

@ObjectType({ description: 'A user on a page, with its cursor.' })
export class UserEdge {
  @Field(() => UserType, { description: 'The user.' })
  node: UserType;

  @Field(() => String, {
    description:
      'The position of the user in the list. Pass it as `after` or `before`, with the same filter.',
  })
  cursor: string;
}

@ObjectType({ description: 'A page of users.' })
export class UserConnection {
  @Field(() => [UserType], { description: 'The users on this page, newest first.' })
  nodes: UserType[];

  @Field(() => [UserEdge], { description: 'The users on this page, each with its cursor.' })
  edges: UserEdge[];

  @Field(() => PageInfo, {
    description: 'Whether there are pages before and after this one, and the cursors to request them.',
  })
  pageInfo: PageInfo;
}
