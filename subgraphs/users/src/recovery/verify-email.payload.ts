import { Field, ObjectType } from '@nestjs/graphql';
import { AuthErrorType } from '../errors/auth-error.type.js';

@ObjectType({ description: 'The outcome of `verifyEmail`.' })
export class VerifyEmailPayload {
  @Field(() => [AuthErrorType], { description: 'Why the address is not verified; empty when it is.' })
  userErrors: AuthErrorType[];
}
