import { type AuthContext, CurrentAuth, Public } from '@kit/auth';
import { type KeysetPage, PageArgs, listSize, parsePage } from '@kit/subgraph';
import { Args, ArgsType, Directive, Parent, PickType, Query, ResolveField, Resolver } from '@nestjs/graphql';
import { SessionConnection } from './session.type.js';
import { SessionList } from './session-list.js';
import { SessionsService } from './sessions.service.js';
import { type ShownSession, type ViewerProfile, viewerProfile } from './viewer.js';
import { ViewerType } from './viewer.type.js';

@ArgsType()
export class SessionsArgs extends PickType(PageArgs, ['first', 'after'] as const, ArgsType) {}

@Resolver(() => ViewerType)
export class ViewerResolver {
  constructor(
    private readonly sessionsService: SessionsService,
    private readonly list: SessionList,
  ) {}

  @Query(() => ViewerType, {
    nullable: true,
    description:
      'Returns the user that makes the request. Null if the request is anonymous, or if its session expired or was revoked.',
  })
  @Public()
  async viewer(@CurrentAuth() auth: AuthContext): Promise<ViewerProfile | null> {
    const found = auth.viewer && (await this.sessionsService.find(auth.viewer));
    return found && viewerProfile(found.user, found.session, auth.scopes);
  }

  @ResolveField(() => SessionConnection, {
    description: 'The active sessions of the viewer, latest login first.',
  })
  @Directive(listSize('first'))
  sessions(
    @Parent() { user, currentSession }: ViewerProfile,
    @Args() page: SessionsArgs,
  ): Promise<KeysetPage<ShownSession>> {
    return this.list.page(user.id, currentSession.id, parsePage(page));
  }
}
