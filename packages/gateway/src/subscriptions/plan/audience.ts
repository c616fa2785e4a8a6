import type { Audience, AuthContext } from '@kit/auth';

import { LRUCache } from 'lru-cache';
import type { Identity } from '../../request/identity.js';

const MAX_AUTH_CONTEXTS = 1_000;

/** Which watchers can share a room, and how the room authenticates to subgraphs. */
export interface Sharing {
  /** The sharing key. Two watchers can share a room exactly when their keys are equal. */
  readonly key: string;
  readonly auth: AuthContext;
}

/** Decides which watchers can share a room. */
export class Audiences {
  /** One object for each set of scopes, so that its transaction token is signed once for all rooms. */
  private readonly byScopes = new LRUCache<string, AuthContext>({ max: MAX_AUTH_CONTEXTS });

  of(identity: Identity, audience: Audience): Sharing {
    const { viewer, scopes } = identity;
    const sorted = JSON.stringify([...scopes].sort());
    if (audience === 'VIEWER' || scopes.size === 0) {
      const owner = viewer ? [viewer.userId, viewer.sessionId] : null;
      return { key: JSON.stringify(['VIEWER', owner, sorted]), auth: identity };
    }
    let auth = this.byScopes.get(sorted);
    if (!auth) {
      auth = { viewer: null, scopes };
      this.byScopes.set(sorted, auth);
    }
    return { key: JSON.stringify(['SCOPES', sorted]), auth };
  }
}
