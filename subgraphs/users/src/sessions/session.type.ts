import { Field, ID, ObjectType } from '@nestjs/graphql';
import { connectionOf } from '@kit/subgraph';
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

@ObjectType({ description: 'A page of sessions.' })
export class SessionConnection extends connectionOf(SessionType, {
  name: 'Session',
  item: 'session',
  items: 'sessions',
  order: 'latest login first',
  cursor: 'Pass it as `after`.',
}) {}
