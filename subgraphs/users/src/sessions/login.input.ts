import { Field, InputType } from '@nestjs/graphql';

@InputType({ description: 'The input of `login`.' })
export class LoginInput {
  @Field({ description: 'The e-mail address of the account, in upper or lower case.' })
  email: string;

  @Field({ description: 'The password of the account.' })
  password: string;
}
