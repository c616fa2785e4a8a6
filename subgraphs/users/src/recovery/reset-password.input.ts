import { Field, InputType } from '@nestjs/graphql';

@InputType({ description: 'The input of `resetPassword`.' })
export class ResetPasswordInput {
  @Field({
    description:
      'The token from the mail, which follows `#token=` in the link. It works once and expires after an hour. Repeating the same request is safe.',
  })
  token: string;

  @Field({ description: 'The new password, from 10 to 128 characters long.' })
  newPassword: string;
}
