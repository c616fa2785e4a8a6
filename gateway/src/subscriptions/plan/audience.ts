import type { AuthContext } from '@supergraph/auth-context/auth-context';
import type { Audience } from '@supergraph/service/live-directive';
import { LRUCache } from 'lru-cache';
import type { Identity } from '../../identity/identity.js';

const KEPT_ROLES = 1_000;

/** Those who may share a room, and as whom the room acts for them. */
export interface Sharing {
  /** Equal for those who may share, and for nobody else. */
  readonly key: string;
  readonly auth: AuthContext;
}

/** Tells who may share a room with whom. */
export class Audiences {
  /** The same object for the same scopes, so that what is signed for it once serves all. */
  private readonly withoutPerson = new LRUCache<string, AuthContext>({ max: KEPT_ROLES });

  of(identity: Identity, audience: Audience): Sharing {
    const { viewer, scopes } = identity;
    const sorted = JSON.stringify([...scopes].sort());
    if (audience === 'VIEWER' || scopes.size === 0) {
      const who = viewer ? [viewer.userId, viewer.sessionId] : null;
      return { key: JSON.stringify(['VIEWER', who, sorted]), auth: identity };
    }
    let auth = this.withoutPerson.get(sorted);
    if (!auth) {
      auth = { viewer: null, scopes };
      this.withoutPerson.set(sorted, auth);
    }
    return { key: JSON.stringify(['SCOPES', sorted]), auth };
  }
}
