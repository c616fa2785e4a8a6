import { Args, Directive, Mutation, Resolver } from '@nestjs/graphql';
import { type AuthContext, CurrentAuth, Public } from '@kit/auth';

import { EmailVerification } from './email-verification.js';
import { PasswordReset } from './password-reset.js';
import { RequestPasswordResetInput } from './request-password-reset.input.js';
import { RequestPasswordResetPayload } from './request-password-reset.payload.js';
import { ResetPasswordInput } from './reset-password.input.js';
import { ResetPasswordPayload } from './reset-password.payload.js';
import { VerifyEmailInput } from './verify-email.input.js';
import { VerifyEmailPayload } from './verify-email.payload.js';

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
