import type { UserEntity } from '../accounts/user.entity.js';
import type { SessionEntity } from './session.entity.js';

/** The part of a session that its user can see. */
export type ShownSession = Pick<
  SessionEntity,
  'id' | 'createdAt' | 'lastUsedAt' | 'expiresAt' | 'userAgent' | 'ip'
> & {
  /** Whether this is the session of the current request. */
  readonly current: boolean;
};

/** The logged-in user, with the data that no other user can see. */
export interface ViewerProfile {
  readonly user: UserEntity;
  readonly email: string;
  readonly scopes: string[];
  readonly currentSession: ShownSession;
}

/** The profile of a user, seen from one of their sessions. */
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

/** Leaves out everything that refresh tokens are made of. */
export function shownSession(
  { id, createdAt, lastUsedAt, expiresAt, userAgent, ip }: SessionEntity,
  currentId: string,
): ShownSession {
  return { id, createdAt, lastUsedAt, expiresAt, userAgent, ip, current: id === currentId };
}
