import { ObjectType } from '@nestjs/graphql';
import { connectionOf } from '@kit/subgraph';
import { UserType } from '../accounts/user.type.js';

@ObjectType({ description: 'A page of users.' })
export class UserConnection extends connectionOf(UserType, {
  name: 'User',
  item: 'user',
  items: 'users',
  order: 'newest first',
  cursor: 'Pass it as `after` or `before`, with the same filter.',
}) {}
