import type { UserEntity } from '../accounts/user.entity.js';
import type { SessionEntity } from './session.entity.js';

/** A session as the one whose it is may see it. */
export type ShownSession = Pick<
  SessionEntity,
  'id' | 'createdAt' | 'lastUsedAt' | 'expiresAt' | 'userAgent' | 'ip'
> & {
  /** Whether it is the one of the request. */
  readonly current: boolean;
};

/** The person behind a request, with what is theirs alone. */
export interface ViewerProfile {
  readonly user: UserEntity;
  readonly email: string;
  readonly scopes: string[];
  readonly currentSession: ShownSession;
}

/** What a user sees of themselves through one of their sessions. */
export function viewerProfile(
  user: UserEntity,
  session: SessionEntity,
  scopes: Iterable<string>,
): ViewerProfile {
  return {
    user,
    email: user.email,
    scopes: [...scopes],
    currentSession: shownSession(session, session.id),
  };
}

/** What a user sees of a session of theirs, nothing that tokens are made of. */
export function shownSession(
  { id, createdAt, lastUsedAt, expiresAt, userAgent, ip }: SessionEntity,
  currentId: string,
): ShownSession {
  return { id, createdAt, lastUsedAt, expiresAt, userAgent, ip, current: id === currentId };
}
