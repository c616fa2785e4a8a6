import { Args, Directive, Mutation, Resolver } from '@nestjs/graphql';
import { type AuthContext, CurrentAuth, CurrentViewer, type Viewer } from '@kit/auth';

import { ChangePasswordInput } from './change-password.input.js';
import { ChangePasswordPayload } from './change-password.payload.js';
import { PasswordChange } from './password-change.js';

@Resolver()
export class PasswordResolver {
  constructor(private readonly passwordChange: PasswordChange) {}

  @Mutation(() => ChangePasswordPayload, {
    nullable: true,
    description:
      'Changes the password of the viewer. If the response was lost, repeating the same request is safe and returns the same result.',
  })
  @Directive('@cost(weight: 100)')
  async changePassword(
    @Args('input', { description: 'The current and the new password.' })
    { revokeOtherSessions, ...passwords }: ChangePasswordInput,
    @CurrentViewer() viewer: Viewer,
    @CurrentAuth() by: AuthContext,
  ): Promise<ChangePasswordPayload> {
    const wanted = { ...passwords, revokeOtherSessions: revokeOtherSessions ?? true };
    const changed = await this.passwordChange.change(wanted, viewer, by);
    return changed.fault ? { userErrors: [changed.fault] } : { tokens: changed.tokens, userErrors: [] };
  }
}
