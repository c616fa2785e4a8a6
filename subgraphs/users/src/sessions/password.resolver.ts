import { type AuthContext, Credential, CurrentAuth, CurrentViewer, type Viewer } from '@kit/auth';
import { Args, Directive, Field, InputType, Mutation, ObjectType, Resolver } from '@nestjs/graphql';
import { AuthErrorType } from '../errors/auth-error.type.js';
import { PasswordChange } from './password-change.js';
import { inSession } from './session-viewer.js';
import { TokensType } from './tokens.type.js';

@InputType({ description: 'The input of `changePassword`.' })
export class ChangePasswordInput {
  @Field({ description: 'The current password.' })
  currentPassword: string;

  @Field({ description: 'The new password, from 10 to 128 characters long.' })
  newPassword: string;

  @Field(() => Boolean, {
    nullable: true,
    defaultValue: true,
    description: 'Whether to revoke the other sessions of the viewer.',
  })
  revokeOtherSessions?: boolean | null;
}

@ObjectType({ description: 'The result of `changePassword`.' })
export class ChangePasswordPayload {
  @Field(() => TokensType, {
    nullable: true,
    description:
      'The new tokens of the current session, which replace its previous ones. Null if there are user errors.',
  })
  tokens?: TokensType;

  @Field(() => [AuthErrorType], { description: 'The reasons why the request failed. Empty if it succeeded.' })
  userErrors: AuthErrorType[];
}

@Resolver()
export class PasswordResolver {
  constructor(private readonly passwordChange: PasswordChange) {}

  @Mutation(() => ChangePasswordPayload, {
    nullable: true,
    description:
      'Changes the password of the viewer. If the response was lost, repeating the same request is safe and returns the same result.',
  })
  @Directive('@cost(weight: 100)')
  @Credential()
  async changePassword(
    @Args('input', { description: 'The current and the new password.' })
    { revokeOtherSessions, ...passwords }: ChangePasswordInput,
    @CurrentViewer() viewer: Viewer,
    @CurrentAuth() by: AuthContext,
  ): Promise<ChangePasswordPayload> {
    const wanted = { ...passwords, revokeOtherSessions: revokeOtherSessions ?? true };
    const changed = await this.passwordChange.change(wanted, inSession(viewer), by);
    return changed.fault ? { userErrors: [changed.fault] } : { tokens: changed.tokens, userErrors: [] };
  }
}
