import { isDeepStrictEqual } from 'node:util';
import { hash, parseOptions, verify, type Options } from '@node-rs/argon2';

/** Argon2id, the default of the library, with 19 MiB and two passes (OWASP Password Storage Cheat Sheet). */
const PARAMETERS: Options = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

/** 128 characters have fewer code units than this in any composition. Normalising a megabyte can take minutes. */
export const LONGEST_SPELLING = 1_024;

/** The hash to verify against for a missing account, so that the response takes as long. */
const hashOfNobody = hashPassword('');

/** Hashes a password with a new salt. Returns an argon2id hash in PHC string format. */
export function hashPassword(password: string): Promise<string> {
  return hash(canonical(password), PARAMETERS);
}

/**
 * Whether a password matches a hash. Without a hash, for a missing account, it takes as long and returns false.
 * @throws Error if the hash is malformed
 */
export async function verifyPassword(password: string, passwordHash: string | undefined): Promise<boolean> {
  const isTooLong = password.length > LONGEST_SPELLING;
  const matches = await verify(passwordHash ?? (await hashOfNobody), isTooLong ? '' : canonical(password));
  return passwordHash !== undefined && !isTooLong && matches;
}

/** Whether a hash has other parameters than new hashes. */
export async function isOutdated(passwordHash: string): Promise<boolean> {
  return !isDeepStrictEqual(parseOptions(passwordHash), parseOptions(await hashOfNobody));
}

/** Normalises a password, since keyboards compose the same character differently (NIST SP 800-63B, section 5.1.1.2). */
export function canonical(password: string): string {
  return password.normalize('NFKC');
}
