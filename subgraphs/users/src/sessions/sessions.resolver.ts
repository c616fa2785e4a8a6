import {
  type AuthContext,
  Credential,
  CurrentAuth,
  CurrentViewer,
  Deadline,
  Public,
  type Viewer,
} from '@kit/auth';
import { Args, Directive, Field, ID, InputType, Int, Mutation, ObjectType, Resolver } from '@nestjs/graphql';
import { AuthErrorType } from '../errors/auth-error.type.js';
import { scopesOf } from '../roles.js';
import { parseRevocation } from './revoke-sessions.js';
import { SessionOver } from './session-faults.js';
import { SessionRefresh } from './session-refresh.js';
import { inSession } from './session-viewer.js';
import { SessionsService } from './sessions.service.js';
import { TokensType } from './tokens.type.js';
import { viewerProfile } from './viewer.js';
import { ViewerType } from './viewer.type.js';

@InputType({ description: 'The input of `login`.' })
export class LoginInput {
  @Field({ description: 'The e-mail address of the account, in upper or lower case.' })
  email: string;

  @Field({ description: 'The password of the account.' })
  password: string;
}

@ObjectType({ description: 'The result of `login`.' })
export class LoginPayload {
  @Field(() => TokensType, {
    nullable: true,
    description: 'The tokens of the new session. Null if there are user errors.',
  })
  tokens?: TokensType;

  @Field(() => ViewerType, {
    nullable: true,
    description: 'The user that logged in. Null if there are user errors.',
  })
  viewer?: ViewerType;

  @Field(() => [AuthErrorType], { description: 'The reasons why the request failed. Empty if it succeeded.' })
  userErrors: AuthErrorType[];
}

@InputType({ description: 'The input of `logout`.' })
export class LogoutInput {
  @Field(() => Boolean, {
    nullable: true,
    defaultValue: false,
    description:
      'Whether to revoke all sessions of the viewer, on all devices, instead of only the current one.',
  })
  allSessions?: boolean | null;
}

@ObjectType({ description: 'The result of `logout`.' })
export class LogoutPayload {
  @Field(() => Int, {
    description:
      'The number of sessions that this request revoked. 0 if the current session had already expired or been revoked.',
  })
  revoked: number;

  @Field(() => [AuthErrorType], { description: 'Always empty at present.' })
  userErrors: AuthErrorType[];
}

@InputType({ description: 'The input of `refreshSession`.' })
export class RefreshSessionInput {
  @Field({ description: 'The latest refresh token of the session.' })
  refreshToken: string;
}

@ObjectType({ description: 'The result of `refreshSession`.' })
export class RefreshSessionPayload {
  @Field(() => TokensType, {
    nullable: true,
    description: 'The new tokens of the session. Null if there are user errors.',
  })
  tokens?: TokensType;

  @Field(() => [AuthErrorType], { description: 'The reasons why the request failed. Empty if it succeeded.' })
  userErrors: AuthErrorType[];
}

@InputType({ description: 'The input of `revokeSessions`. Set either `ids` or `othersOnly: true`.' })
export class RevokeSessionsInput {
  @Field(() => [ID], {
    nullable: true,
    description:
      'The ids of at most 100 sessions to revoke. Ids that do not belong to a session of the viewer are ignored.',
  })
  ids?: string[] | null;

  @Field(() => Boolean, {
    nullable: true,
    description: 'Whether to revoke all sessions except the current one.',
  })
  othersOnly?: boolean | null;
}

@ObjectType({ description: 'The result of `revokeSessions`.' })
export class RevokeSessionsPayload {
  @Field(() => Int, {
    description:
      'The number of sessions that this request revoked. Sessions that had already expired or been revoked do not count.',
  })
  revoked: number;

  @Field(() => [AuthErrorType], { description: 'The reasons why the request failed. Empty if it succeeded.' })
  userErrors: AuthErrorType[];
}

/**
 * If the response is lost, the client may send the same refresh token again for ten seconds. After that, the token counts
 * as stolen. The client must get the error early enough to retry.
 */
const REFRESH_MS = 4_000;

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
  @Credential()
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
  @Credential()
  @Deadline(REFRESH_MS)
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
    const session = inSession(viewer);
    const which = input?.allSessions ? 'all' : [session.sessionId];
    return { revoked: (await this.sessions.end(session, which, by)) ?? 0, userErrors: [] };
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
    const revoked = await this.sessions.end(inSession(viewer), parsed.which, by);
    if (revoked === null) throw new SessionOver();
    return { revoked, userErrors: [] };
  }
}
