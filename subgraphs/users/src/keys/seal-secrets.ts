import { StartUpError } from '@kit/service';
import { SealBroken } from './sealed-private-key.js';

/** The secrets that encrypt and decrypt signing keys, from the environment. */
interface SealSettings {
  readonly SIGNING_KEY_SECRET: string;
  readonly SIGNING_KEY_SECRET_PREVIOUS?: string | undefined;
}

/** Returns the secret that encrypts, and the previous ones that can only decrypt. */
export function sealSecrets({ SIGNING_KEY_SECRET, SIGNING_KEY_SECRET_PREVIOUS }: SealSettings) {
  const previousSecrets = SIGNING_KEY_SECRET_PREVIOUS === undefined ? [] : [SIGNING_KEY_SECRET_PREVIOUS];
  return { secret: SIGNING_KEY_SECRET, previousSecrets };
}

/** Converts `SealBroken` to an error that tells the operator what to do. Returns other errors unchanged. */
export function explainSeal(error: unknown): unknown {
  if (!(error instanceof SealBroken)) return error;
  return new StartUpError(
    `${error.message} with this SIGNING_KEY_SECRET: set the secret that this database was last used with, ` +
      'as SIGNING_KEY_SECRET or as SIGNING_KEY_SECRET_PREVIOUS',
  );
}
