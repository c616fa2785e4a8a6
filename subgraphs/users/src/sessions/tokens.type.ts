import { Field, ObjectType } from '@nestjs/graphql';
import { GraphQLDateTime } from 'graphql-scalars';

@ObjectType('Tokens', { description: 'What a client keeps to stay logged in.' })
export class TokensType {
  @Field({ description: 'Goes along with each request: `Authorization: Bearer …`.' })
  accessToken: string;

  @Field(() => GraphQLDateTime, { description: 'When the access token stops working; refresh before.' })
  expiresAt: Date;

  @Field({
    description:
      'Gives new tokens by `refreshSession`, which replaces it. Sent again more than ten seconds later, it ends the session.',
  })
  refreshToken: string;

  @Field(() => GraphQLDateTime, { description: 'When the session is over, and its refresh tokens with it.' })
  refreshExpiresAt: Date;
}
