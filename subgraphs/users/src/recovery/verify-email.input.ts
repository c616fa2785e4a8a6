import { Field, InputType } from '@nestjs/graphql';

@InputType({ description: 'The proof that somebody reads the mail of their account.' })
export class VerifyEmailInput {
  @Field({
    description:
      'From the mail: it follows `#token=` in the link. It works once, within 24 hours: the same call again changes nothing.',
  })
  token: string;
}
