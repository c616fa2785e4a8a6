import { Field, InputType } from '@nestjs/graphql';

@InputType({ description: 'The input of `register`.' })
export class RegisterInput {
  @Field({ description: 'The e-mail address to log in with.' })
  email: string;

  @Field({ description: 'The password, from 10 to 128 characters long.' })
  password: string;

  @Field({
    description:
      'The name to show to other users, from 1 to 100 characters long. Surrounding spaces are removed.',
  })
  displayName: string;
}
