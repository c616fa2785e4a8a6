import type { SigningKey } from '@kit/auth';
import { publicJwkOf, type PublicJwk } from './public-jwk.js';
import { openPrivateKey, SealBroken } from './sealed-private-key.js';
import type { StoredKey } from './stored-keys.js';

/** A decrypted key and the time from which it signs. */
interface OpenKey extends SigningKey {
  readonly jwk: PublicJwk;
  /** By `performance.now()`, which is monotonic, so that replicas agree even if their system clocks differ. */
  readonly signsAt: number;
}

/** The keys as last loaded from the database, in the order in which they sign. */
export class KeyRing {
  private constructor(private readonly keys: readonly OpenKey[]) {}

  /**
   * Decrypts keys.
   * @param stored as just loaded, in the order in which they sign
   * @param before the previous ring, whose keys are not decrypted again
   * @param onSealed called for each key that no secret decrypts; the ring leaves it out
   */
  static open(
    stored: readonly StoredKey[],
    secrets: readonly string[],
    before: KeyRing | undefined,
    onSealed: (error: SealBroken) => void,
  ): KeyRing {
    // Taken after the query, so that a key signs slightly late rather than early.
    const readAt = performance.now();
    const keys = stored.flatMap(({ kid, sealedPrivateKey, signsInMs }): OpenKey[] => {
      const signsAt = readAt + signsInMs;
      const known = before?.keys.find((key) => key.kid === kid);
      if (known) return [{ ...known, signsAt }];
      try {
        const privateKey = openPrivateKey(sealedPrivateKey, kid, ...secrets);
        return [{ kid, privateKey, jwk: publicJwkOf(privateKey), signsAt }];
      } catch (error) {
        if (!(error instanceof SealBroken)) throw error;
        onSealed(error);
        return [];
      }
    });
    return new KeyRing(keys);
  }

  /** The newest key that may sign. If there is none, as after keys were deleted by hand, the oldest one. */
  signer(now = performance.now()): SigningKey {
    const signer = this.keys.findLast(({ signsAt }) => signsAt <= now) ?? this.keys[0];
    if (!signer) throw new Error('no signing key can be decrypted');
    return signer;
  }

  /** The public keys for all valid tokens, and those of keys that will sign later. */
  published(): PublicJwk[] {
    return this.keys.map(({ jwk }) => jwk);
  }
}
