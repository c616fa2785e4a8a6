import { Args, Directive, Mutation, Resolver } from '@nestjs/graphql';
import type { AuthContext, Viewer } from '@supergraph/auth-context/auth-context';
import { CurrentAuth, CurrentViewer, Public } from '@supergraph/auth-context/decorators';
import { scopesOf } from '../roles.js';
import { LoginInput } from './login.input.js';
import { LoginPayload } from './login.payload.js';
import { LogoutInput } from './logout.input.js';
import { LogoutPayload } from './logout.payload.js';
import { RefreshSessionInput } from './refresh-session.input.js';
import { RefreshSessionPayload } from './refresh-session.payload.js';
import { INVALID_REFRESH_TOKEN } from './session-faults.js';
import { SessionsService } from './sessions.service.js';
import { viewerProfile } from './viewer.js';

@Resolver()
export class SessionsResolver {
  constructor(private readonly sessions: SessionsService) {}

  @Mutation(() => LoginPayload, {
    description: 'Starts a session. An unknown address and a wrong password look alike.',
  })
  @Public()
  @Directive('@cost(weight: 50)')
  async login(
    @Args('input') { email, password }: LoginInput,
    @CurrentAuth() by: AuthContext,
  ): Promise<LoginPayload> {
    const login = await this.sessions.login(email, password, by);
    if (login.fault) return { userErrors: [login.fault] };
    const { user, session, tokens } = login;
    return { tokens, viewer: viewerProfile(user, session, scopesOf(user.roles)), userErrors: [] };
  }

  @Mutation(() => RefreshSessionPayload, {
    description:
      'Trades a refresh token, which is then used up, for new tokens with what the user may do now.',
  })
  @Public()
  @Directive('@cost(weight: 5)')
  async refreshSession(@Args('input') { refreshToken }: RefreshSessionInput): Promise<RefreshSessionPayload> {
    const tokens = await this.sessions.refresh(refreshToken);
    return tokens ? { tokens, userErrors: [] } : { userErrors: [INVALID_REFRESH_TOKEN] };
  }

  @Mutation(() => LogoutPayload, {
    nullable: true,
    description: 'Ends the session of this request. Access tokens that it gave run out within ten minutes.',
  })
  async logout(
    @CurrentViewer() viewer: Viewer,
    @Args('input', { type: () => LogoutInput, nullable: true }) input?: LogoutInput | null,
  ): Promise<LogoutPayload> {
    return { revoked: await this.sessions.end(viewer, input?.allSessions ? 'all' : 'this'), userErrors: [] };
  }
}
