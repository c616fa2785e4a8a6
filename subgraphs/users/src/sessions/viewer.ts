import type { UserEntity } from '../accounts/user.entity.js';
import type { SessionEntity } from './session.entity.js';

/** The person behind a request, with what is theirs alone. */
export interface ViewerProfile {
  readonly user: UserEntity;
  readonly email: string;
  readonly scopes: string[];
  readonly currentSession: Pick<SessionEntity, 'id' | 'createdAt' | 'lastUsedAt' | 'expiresAt'> & {
    readonly current: true;
  };
}

/** What a user sees of themselves through one of their sessions. */
export function viewerProfile(
  user: UserEntity,
  { id, createdAt, lastUsedAt, expiresAt }: SessionEntity,
  scopes: Iterable<string>,
): ViewerProfile {
  return {
    user,
    email: user.email,
    scopes: [...scopes],
    currentSession: { id, createdAt, lastUsedAt, expiresAt, current: true },
  };
}
