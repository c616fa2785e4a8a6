import { Field, ID, ObjectType } from '@nestjs/graphql';
import { PageInfo } from '@kit/subgraph';
import { GraphQLDateTime } from 'graphql-scalars';

@ObjectType('Session', {
  description: 'A session of a user. It starts with a login, and lasts until it expires or is revoked.',
})
export class SessionType {
  @Field(() => ID, { description: 'The unique identifier of the session, a UUID.' })
  id: string;

  @Field(() => GraphQLDateTime, { description: 'The time of the login that started the session.' })
  createdAt: Date;

  @Field(() => GraphQLDateTime, {
    description: 'The time at which the session last issued tokens, such as by `refreshSession`.',
  })
  lastUsedAt: Date;

  @Field(() => GraphQLDateTime, {
    description: 'The time at which the session expires. Refreshing the session does not change it.',
  })
  expiresAt: Date;

  @Field(() => String, {
    nullable: true,
    description: 'The user agent of the client that last received tokens. Null if it is unknown.',
  })
  userAgent: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'The IP address of the client that last received tokens. Null if it is unknown.',
  })
  ip: string | null;

  @Field({ description: 'Whether this is the session of the current request.' })
  current: boolean;
}

@ObjectType({ description: 'A session on a page, with its cursor.' })
export class SessionEdge {
  @Field(() => SessionType, { description: 'The session.' })
  node: SessionType;

  @Field(() => String, { description: 'The position of the session in the list. Pass it as `after`.' })
  cursor: string;
}

@ObjectType({ description: 'A page of sessions.' })
export class SessionConnection {
  @Field(() => [SessionType], { description: 'The sessions on this page, latest login first.' })
  nodes: SessionType[];

  @Field(() => [SessionEdge], { description: 'The sessions on this page, each with its cursor.' })
  edges: SessionEdge[];

  @Field(() => PageInfo, {
    description: 'Whether there are pages before and after this one, and the cursors to request them.',
  })
  pageInfo: PageInfo;
}
