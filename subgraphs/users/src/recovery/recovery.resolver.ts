import { type AuthContext, Credential, CurrentAuth, Public } from '@kit/auth';
import { Args, Directive, Field, InputType, Mutation, ObjectType, Resolver } from '@nestjs/graphql';
import { AuthErrorType } from '../errors/auth-error.type.js';
import { EmailVerification } from './email-verification.js';
import { PasswordReset } from './password-reset.js';

@InputType({ description: 'The input of `verifyEmail`.' })
export class VerifyEmailInput {
  @Field({
    description:
      'The token from the mail, which follows `#token=` in the link. It works once and expires after 24 hours. Repeating the same request is safe.',
  })
  token: string;
}

@ObjectType({ description: 'The result of `verifyEmail`.' })
export class VerifyEmailPayload {
  @Field(() => [AuthErrorType], { description: 'The reasons why the request failed. Empty if it succeeded.' })
  userErrors: AuthErrorType[];
}

@InputType({ description: 'The input of `requestPasswordReset`.' })
export class RequestPasswordResetInput {
  @Field({ description: 'The e-mail address of the account.' })
  email: string;
}

@ObjectType({ description: 'The result of `requestPasswordReset`.' })
export class RequestPasswordResetPayload {
  @Field({
    description: 'Whether the request was accepted. Also true if the address has no account.',
  })
  accepted: boolean;

  @Field(() => [AuthErrorType], { description: 'The reasons why the request failed. Empty if it succeeded.' })
  userErrors: AuthErrorType[];
}

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

@ObjectType({ description: 'The result of `resetPassword`.' })
export class ResetPasswordPayload {
  @Field(() => [AuthErrorType], {
    description: 'The reasons why the request failed. Empty if it succeeded.',
  })
  userErrors: AuthErrorType[];
}

@Resolver()
export class RecoveryResolver {
  constructor(
    private readonly passwordReset: PasswordReset,
    private readonly verification: EmailVerification,
  ) {}

  @Mutation(() => RequestPasswordResetPayload, {
    description:
      'Requests a mail with a link to choose a new password. The result does not reveal whether the address has an account.',
  })
  @Public()
  async requestPasswordReset(
    @Args('input', { description: 'The account that needs a new password.' })
    { email }: RequestPasswordResetInput,
    @CurrentAuth() by: AuthContext,
  ): Promise<RequestPasswordResetPayload> {
    const fault = await this.passwordReset.request(email, by);
    return { accepted: fault === null, userErrors: fault ? [fault] : [] };
  }

  @Mutation(() => ResetPasswordPayload, {
    description:
      'Sets a new password with the token from a password reset mail. This revokes all sessions of the account and verifies its e-mail address.',
  })
  @Public()
  @Directive('@cost(weight: 50)')
  @Credential()
  async resetPassword(
    @Args('input', { description: 'The token from the mail and the new password.' })
    { token, newPassword }: ResetPasswordInput,
    @CurrentAuth() by: AuthContext,
  ): Promise<ResetPasswordPayload> {
    const fault = await this.passwordReset.reset(token, newPassword, by);
    return { userErrors: fault ? [fault] : [] };
  }

  @Mutation(() => VerifyEmailPayload, {
    description: 'Verifies the e-mail address of an account with the token from a mail.',
  })
  @Public()
  async verifyEmail(
    @Args('input', { description: 'The token from the mail.' }) { token }: VerifyEmailInput,
    @CurrentAuth() by: AuthContext,
  ): Promise<VerifyEmailPayload> {
    const fault = await this.verification.verify(token, by);
    return { userErrors: fault ? [fault] : [] };
  }
}
