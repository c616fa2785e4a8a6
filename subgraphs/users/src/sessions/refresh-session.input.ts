import { Field, InputType } from '@nestjs/graphql';

@InputType({ description: 'The input of `refreshSession`.' })
export class RefreshSessionInput {
  @Field({ description: 'The latest refresh token of the session.' })
  refreshToken: string;
}
