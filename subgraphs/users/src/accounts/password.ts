import { isDeepStrictEqual } from 'node:util';
import { hash, parseOptions, verify, type Options } from '@node-rs/argon2';
import type { HashCost } from './hash-cost.js';

/** Parameters of argon2id, the library's default variant. */
const PARAMETERS: Record<HashCost, Options> = {
  /** 19 MiB and two passes, as the OWASP Password Storage Cheat Sheet recommends. */
  full: { memoryCost: 19_456, timeCost: 2, parallelism: 1 },
  /** The least that argon2 accepts (RFC 9106, section 3.1). */
  low: { memoryCost: 8, timeCost: 1, parallelism: 1 },
};

/** More code units than 128 characters have in any composition. Normalizing a megabyte can take minutes. */
export const LONGEST_SPELLING = 1_024;

/** Hashes and verifies passwords. It verifies hashes of any cost. */
export class PasswordHasher {
  private readonly parameters: Options;
  /** Stands in for a missing hash, so that an unknown account takes as long to reject as a wrong password. */
  private readonly dummyHash: Promise<string>;

  constructor(cost: HashCost) {
    this.parameters = PARAMETERS[cost];
    this.dummyHash = this.hash('');
  }

  /** Hashes a password with a new salt. Returns an argon2id hash in PHC string format. */
  hash(password: string): Promise<string> {
    return hash(canonical(password), this.parameters);
  }

  /**
   * Whether the password has this hash. Without a hash it takes as long and returns false.
   * @throws Error if the hash cannot be parsed
   */
  async verify(password: string, passwordHash: string | undefined): Promise<boolean> {
    const isTooLong = password.length > LONGEST_SPELLING;
    const matches = await verify(
      passwordHash ?? (await this.dummyHash),
      isTooLong ? '' : canonical(password),
    );
    return passwordHash !== undefined && !isTooLong && matches;
  }

  /** Whether a hash has other parameters than new hashes. */
  async isOutdated(passwordHash: string): Promise<boolean> {
    return !isDeepStrictEqual(parseOptions(passwordHash), parseOptions(await this.dummyHash));
  }
}

/** Keyboards compose the same character in different ways (NIST SP 800-63B, section 5.1.1.2). */
export function canonical(password: string): string {
  return password.normalize('NFKC');
}
