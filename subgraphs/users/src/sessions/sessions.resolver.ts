import { Args, Directive, Mutation, Resolver } from '@nestjs/graphql';
import { type AuthContext, CurrentAuth, CurrentViewer, Public, type Viewer } from '@kit/auth';

import { scopesOf } from '../roles.js';
import { LoginInput } from './login.input.js';
import { LoginPayload } from './login.payload.js';
import { LogoutInput } from './logout.input.js';
import { LogoutPayload } from './logout.payload.js';
import { RefreshSessionInput } from './refresh-session.input.js';
import { RefreshSessionPayload } from './refresh-session.payload.js';
import { parseRevocation } from './revoke-sessions.js';
import { RevokeSessionsInput } from './revoke-sessions.input.js';
import { RevokeSessionsPayload } from './revoke-sessions.payload.js';
import { SessionOver } from './session-faults.js';
import { SessionRefresh } from './session-refresh.js';
import { SessionsService } from './sessions.service.js';
import { viewerProfile } from './viewer.js';

@Resolver()
export class SessionsResolver {
  constructor(
    private readonly sessions: SessionsService,
    private readonly sessionRefresh: SessionRefresh,
  ) {}

  @Mutation(() => LoginPayload, {
    description:
      'Starts a session. The result does not reveal whether the address or the password was wrong.',
  })
  @Public()
  @Directive('@cost(weight: 50)')
  async login(
    @Args('input', { description: 'The credentials of the user.' }) { email, password }: LoginInput,
    @CurrentAuth() by: AuthContext,
  ): Promise<LoginPayload> {
    const login = await this.sessions.login(email, password, by);
    if (login.fault) return { userErrors: [login.fault] };
    const { user, session, tokens } = login;
    return { tokens, viewer: viewerProfile(user, session, scopesOf(user.roles)), userErrors: [] };
  }

  @Mutation(() => RefreshSessionPayload, {
    description:
      'Exchanges a refresh token for new tokens, with the current scopes of the user. A refresh token can be used once. ' +
      'For ten seconds after that it can be sent again, by other browser tabs or because the response was lost: each ' +
      'such request returns the newest refresh token of the session. Later, a used token counts as stolen, and the ' +
      'session is revoked.',
  })
  @Public()
  @Directive('@cost(weight: 5)')
  async refreshSession(
    @Args('input', { description: 'The refresh token to exchange.' }) { refreshToken }: RefreshSessionInput,
    @CurrentAuth() by: AuthContext,
  ): Promise<RefreshSessionPayload> {
    const refreshed = await this.sessionRefresh.refresh(refreshToken, by);
    return refreshed.fault ? { userErrors: [refreshed.fault] } : { tokens: refreshed.tokens, userErrors: [] };
  }

  @Mutation(() => LogoutPayload, {
    nullable: true,
    description:
      'Revokes the current session, or all sessions of the viewer. Their access tokens stop working within seconds.',
  })
  async logout(
    @CurrentViewer() viewer: Viewer,
    @CurrentAuth() by: AuthContext,
    @Args('input', {
      type: () => LogoutInput,
      nullable: true,
      description: 'The sessions to revoke. By default only the current one.',
    })
    input?: LogoutInput | null,
  ): Promise<LogoutPayload> {
    const which = input?.allSessions ? 'all' : [viewer.sessionId];
    return { revoked: (await this.sessions.end(viewer, which, by)) ?? 0, userErrors: [] };
  }

  @Mutation(() => RevokeSessionsPayload, {
    nullable: true,
    description:
      'Revokes sessions of the viewer, such as those on a lost device. Their access tokens stop working within seconds.',
  })
  async revokeSessions(
    @Args('input', { description: 'The sessions to revoke.' }) input: RevokeSessionsInput,
    @CurrentViewer() viewer: Viewer,
    @CurrentAuth() by: AuthContext,
  ): Promise<RevokeSessionsPayload> {
    const parsed = parseRevocation(input);
    if (parsed.fault) return { revoked: 0, userErrors: [parsed.fault] };
    const revoked = await this.sessions.end(viewer, parsed.which, by);
    if (revoked === null) throw new SessionOver();
    return { revoked, userErrors: [] };
  }
}
