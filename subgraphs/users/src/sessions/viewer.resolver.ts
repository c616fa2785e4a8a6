import { Query, Resolver } from '@nestjs/graphql';
import type { AuthContext } from '@supergraph/auth-context/auth-context';
import { CurrentAuth, Public } from '@supergraph/auth-context/decorators';
import { SessionsService } from './sessions.service.js';
import { viewerProfile, type ViewerProfile } from './viewer.js';
import { ViewerType } from './viewer.type.js';

@Resolver()
export class ViewerResolver {
  constructor(private readonly sessions: SessionsService) {}

  @Query(() => ViewerType, {
    nullable: true,
    description: 'The person behind this request; null when nobody is logged in, or the session has ended.',
  })
  @Public()
  async viewer(@CurrentAuth() auth: AuthContext): Promise<ViewerProfile | null> {
    const found = auth.viewer && (await this.sessions.find(auth.viewer));
    return found && viewerProfile(found.user, found.session, auth.scopes);
  }
}
