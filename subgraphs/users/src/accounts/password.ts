import { isDeepStrictEqual } from 'node:util';
import { hash, parseOptions, verify, type Options } from '@node-rs/argon2';

/** Argon2id, the library's default variant, as the OWASP Password Storage Cheat Sheet asks: 19 MiB, two passes. */
const PARAMETERS: Options = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

/** More code units than 128 characters have however they are composed; to normalise a megabyte can take minutes. */
export const LONGEST_SPELLING = 1_024;

/** What the password of an account nobody has is compared with, so that the answer takes as long. */
const hashOfNobody = hashPassword('');

/** An argon2id hash in PHC string form, with a salt of its own. */
export function hashPassword(password: string): Promise<string> {
  return hash(canonical(password), PARAMETERS);
}

/**
 * Whether the password is the one that was hashed. Without a hash, which means that there is no such account,
 * it works as long and says no.
 * @throws Error for what is no hash
 */
export async function verifyPassword(password: string, passwordHash: string | undefined): Promise<boolean> {
  const isTooLong = password.length > LONGEST_SPELLING;
  const matches = await verify(passwordHash ?? (await hashOfNobody), isTooLong ? '' : canonical(password));
  return passwordHash !== undefined && !isTooLong && matches;
}

/** Whether a hash was made with other parameters than new ones are. */
export async function isOutdated(passwordHash: string): Promise<boolean> {
  return !isDeepStrictEqual(parseOptions(passwordHash), parseOptions(await hashOfNobody));
}

/** Keyboards differ in how they compose one and the same character (NIST SP 800-63B, section 5.1.1.2). */
export function canonical(password: string): string {
  return password.normalize('NFKC');
}
