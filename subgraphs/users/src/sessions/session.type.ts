import { Field, ID, ObjectType } from '@nestjs/graphql';
import { GraphQLDateTime } from 'graphql-scalars';

@ObjectType('Session', { description: 'One login, kept alive by its refresh token.' })
export class SessionType {
  @Field(() => ID, { description: 'A UUID.' })
  id: string;

  @Field(() => GraphQLDateTime, { description: 'When it started, with a login.' })
  createdAt: Date;

  @Field(() => GraphQLDateTime, { description: 'When it last gave tokens, at login or by `refreshSession`.' })
  lastUsedAt: Date;

  @Field(() => GraphQLDateTime, { description: 'When it ends by itself, however often it is refreshed.' })
  expiresAt: Date;

  @Field({ description: 'Whether it is the session of this very request.' })
  current: boolean;
}
