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

  @Field(() => String, {
    nullable: true,
    description: 'What the client called itself when it last got tokens; null when that is not known.',
  })
  userAgent: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'The address that it last got tokens from; null when that is not known.',
  })
  ip: string | null;

  @Field({ description: 'Whether it is the session of this very request.' })
  current: boolean;
}
