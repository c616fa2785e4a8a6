import { Field, InputType } from '@nestjs/graphql';

@InputType({ description: 'The input of `verifyEmail`.' })
export class VerifyEmailInput {
  @Field({
    description:
      'The token from the mail, which follows `#token=` in the link. It works once and expires after 24 hours. Repeating the same request is safe.',
  })
  token: string;
}
