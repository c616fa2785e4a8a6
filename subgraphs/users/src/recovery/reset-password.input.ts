import { Field, InputType } from '@nestjs/graphql';

@InputType({ description: 'A new password, and the proof that its owner reads the mail of the account.' })
export class ResetPasswordInput {
  @Field({
    description:
      'From the mail: it follows `#token=` in the link. It works once, within an hour: the same call again changes nothing.',
  })
  token: string;

  @Field({ description: '10 to 128 characters.' })
  newPassword: string;
}
