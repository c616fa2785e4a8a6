import type { KeySet } from './key-set.js';
import type { RevocationFeed } from './revocation-feed.js';

/** Fetches what identities depend on in the background: public keys and revoked sessions. */
export class IdentityUpdates {
  constructor(
    readonly keys: KeySet | null,
    readonly feed: RevocationFeed | null,
  ) {}

  /** Resolves when the keys and all revoked sessions are fetched, or the first attempt has failed. */
  async start(): Promise<void> {
    await Promise.all([this.keys?.start(), this.feed?.start()]);
  }

  async stop(): Promise<void> {
    this.keys?.stop();
    await this.feed?.stop();
  }

  /** The checks of the data that must have been fetched before the gateway is ready. */
  readinessChecks(): Record<string, () => Promise<unknown>> {
    const { keys, feed } = this;
    return {
      ...(keys && {
        keys: async () => {
          if (!keys.isLoaded) throw new Error('the public keys have not been fetched yet');
        },
      }),
      ...(feed && {
        revocations: async () => {
          if (!feed.isLoaded) throw new Error('the revoked sessions have not been fetched yet');
        },
      }),
    };
  }
}
