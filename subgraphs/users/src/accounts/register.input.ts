import { Field, InputType } from '@nestjs/graphql';

@InputType({ description: 'Who wants an account.' })
export class RegisterInput {
  @Field({ description: 'An e-mail address; it becomes the name to log in with.' })
  email: string;

  @Field({ description: '10 to 128 characters.' })
  password: string;

  @Field({ description: 'The name to be shown by: 1 to 100 characters, spaces around them not counted.' })
  displayName: string;
}
