import { Args, Directive, Mutation, Resolver } from '@nestjs/graphql';
import type { AuthContext } from '@supergraph/auth-context/auth-context';
import { CurrentAuth, Public } from '@supergraph/auth-context/decorators';
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
      'Has a mail sent with which a new password can be chosen. The answer does not tell whether the address has an account.',
  })
  @Public()
  async requestPasswordReset(
    @Args('input') { email }: RequestPasswordResetInput,
    @CurrentAuth() by: AuthContext,
  ): Promise<RequestPasswordResetPayload> {
    const fault = await this.passwordReset.request(email, by);
    return { accepted: fault === null, userErrors: fault ? [fault] : [] };
  }

  @Mutation(() => ResetPasswordPayload, {
    description:
      'Chooses a new password by a token from a mail. It ends every session of the account, and verifies its address.',
  })
  @Public()
  @Directive('@cost(weight: 50)')
  async resetPassword(
    @Args('input') { token, newPassword }: ResetPasswordInput,
    @CurrentAuth() by: AuthContext,
  ): Promise<ResetPasswordPayload> {
    const fault = await this.passwordReset.reset(token, newPassword, by);
    return { userErrors: fault ? [fault] : [] };
  }

  @Mutation(() => VerifyEmailPayload, {
    description: 'Proves by a token from a mail that the address of an account is its own.',
  })
  @Public()
  async verifyEmail(
    @Args('input') { token }: VerifyEmailInput,
    @CurrentAuth() by: AuthContext,
  ): Promise<VerifyEmailPayload> {
    const fault = await this.verification.verify(token, by);
    return { userErrors: fault ? [fault] : [] };
  }
}
