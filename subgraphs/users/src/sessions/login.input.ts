import { Field, InputType } from '@nestjs/graphql';

@InputType({ description: 'Who wants to log in.' })
export class LoginInput {
  @Field({ description: 'The address of the account; case does not matter.' })
  email: string;

  @Field({ description: 'Its password.' })
  password: string;
}
