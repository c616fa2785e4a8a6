import type { SigningKey } from '@supergraph/auth-context/access-token';
import { publicJwkOf, type PublicJwk } from './public-jwk.js';
import { openPrivateKey, SealBroken } from './sealed-private-key.js';
import type { StoredKey } from './stored-keys.js';

/** A key that is open, and from when on it signs. */
interface OpenKey extends SigningKey {
  readonly jwk: PublicJwk;
  /** On the clock of `performance.now()`, which nobody sets: so replicas agree, whatever their clocks say. */
  readonly signsAt: number;
}

/** The keys of one reading of the database, in the order in which they sign. */
export class KeyRing {
  private constructor(private readonly keys: readonly OpenKey[]) {}

  /**
   * @param stored as just read, in the order in which they sign
   * @param before what was open before; its keys are not opened again
   * @param onSealed told of a key that none of the secrets opens; it is left out
   */
  static open(
    stored: readonly StoredKey[],
    secrets: readonly string[],
    before: KeyRing | undefined,
    onSealed: (error: SealBroken) => void,
  ): KeyRing {
    // Later than the database said it, so that a key signs rather a little too late than too early.
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

  /** The youngest whose time has come; the oldest while none's has, as when those before it were deleted by hand. */
  signer(now = performance.now()): SigningKey {
    const signer = this.keys.findLast(({ signsAt }) => signsAt <= now) ?? this.keys[0];
    if (!signer) throw new Error('no signing key can be decrypted');
    return signer;
  }

  /** The public halves of what may have signed a token that still lives, and of what is to come. */
  published(): PublicJwk[] {
    return this.keys.map(({ jwk }) => jwk);
  }
}
