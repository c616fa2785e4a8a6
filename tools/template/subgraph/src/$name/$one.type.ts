import { connectionOf } from '@kit/subgraph';
import { Directive, Field, ID, ObjectType } from '@nestjs/graphql';
import { GraphQLDateTime } from 'graphql-scalars';

/** An entity of another subgraph, which has the same descriptions. The gateway gets its other fields there. */
@ObjectType({ description: 'A person with an account, as other users see them.' })
@Directive('@key(fields: "id", resolvable: false)')
export class User {
  @Field(() => ID, { description: 'The unique identifier of the user, a UUID. It is never reused.' })
  id: string;
}

@ObjectType({ description: 'One of the $words.' })
export class $Item {
  @Field(() => ID, { description: 'The unique identifier, a UUID (version 7).' })
  id: string;

  @Field(() => String, { description: 'The text, at most 1000 characters long.' })
  text: string;

  @Field(() => GraphQLDateTime, { description: 'The time of the addition, with millisecond precision.' })
  addedAt: Date;
}

@ObjectType({ description: 'A page of $words.' })
export class $ItemConnection extends connectionOf($Item, {
  name: '$Item',
  item: '$word',
  items: '$words',
  order: 'newest first',
  cursor: 'Pass it as `after`.',
}) {
  @Field(() => String, {
    description:
      'A cursor for `$itemAdded`, taken before this page was read. Subscribe with it as `after` to receive everything added since.',
  })
  streamCursor: string;
}
