import { connectionOf } from '@kit/subgraph';
import { Field, ObjectType } from '@nestjs/graphql';
import { Count } from '../list/subscriber-connection.type.js';

@ObjectType({ description: 'A tag that at least one subscriber has.' })
export class Tag {
  @Field(() => String, { description: 'The name of the tag.' })
  name: string;

  @Field(() => Count, { description: 'The number of subscribers with the tag, without erased ones.' })
  subscribers: Count;
}

@ObjectType({ description: 'A page of tags.' })
export class TagConnection extends connectionOf(Tag, {
  name: 'Tag',
  item: 'tag',
  items: 'tags',
  order: 'most used first',
  cursor: 'Pass it as `after`.',
}) {}
