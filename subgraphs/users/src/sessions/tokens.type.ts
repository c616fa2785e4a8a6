import { Field, ObjectType } from '@nestjs/graphql';
import { GraphQLDateTime } from 'graphql-scalars';

@ObjectType('Tokens', { description: 'The tokens of a session.' })
export class TokensType {
  @Field({ description: 'The access token. Send it with each request as `Authorization: Bearer <token>`.' })
  accessToken: string;

  @Field(() => GraphQLDateTime, {
    description: 'The time at which the access token expires. Call `refreshSession` before.',
  })
  expiresAt: Date;

  @Field({
    description:
      'The refresh token, which `refreshSession` exchanges for new tokens. It can be used once. Sending it again more than ten seconds after its use revokes the session.',
  })
  refreshToken: string;

  @Field(() => GraphQLDateTime, {
    description: 'The time at which the session and its refresh tokens expire.',
  })
  refreshExpiresAt: Date;
}
