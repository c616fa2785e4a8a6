import { Field, InputType } from '@nestjs/graphql';

@InputType({ description: 'Whose password is to be chosen anew.' })
export class RequestPasswordResetInput {
  @Field({ description: 'The e-mail address of the account.' })
  email: string;
}
