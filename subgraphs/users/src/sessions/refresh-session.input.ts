import { Field, InputType } from '@nestjs/graphql';

@InputType({ description: 'Which session goes on.' })
export class RefreshSessionInput {
  @Field({ description: 'The last refresh token that the session gave.' })
  refreshToken: string;
}
