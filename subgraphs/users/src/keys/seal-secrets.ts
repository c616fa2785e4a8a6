import { StartUpError } from '@supergraph/service/start-up';
import { SealBroken } from './sealed-private-key.js';

/** What seals and opens signing keys, as the environment gives it. */
interface SealSettings {
  readonly SIGNING_KEY_SECRET: string;
  readonly SIGNING_KEY_SECRET_PREVIOUS?: string | undefined;
}

/** The secret that seals, and those that open besides. */
export function sealSecrets({ SIGNING_KEY_SECRET, SIGNING_KEY_SECRET_PREVIOUS }: SealSettings) {
  const previousSecrets = SIGNING_KEY_SECRET_PREVIOUS === undefined ? [] : [SIGNING_KEY_SECRET_PREVIOUS];
  return { secret: SIGNING_KEY_SECRET, previousSecrets };
}

/** What an operator can do about a key that does not open; other errors stay what they are. */
export function explainSeal(error: unknown): unknown {
  if (!(error instanceof SealBroken)) return error;
  return new StartUpError(
    `${error.message} with this SIGNING_KEY_SECRET: set the secret that this database was last used with, ` +
      'as SIGNING_KEY_SECRET or as SIGNING_KEY_SECRET_PREVIOUS',
  );
}
