import { parseOptions } from '@node-rs/argon2';
import { describe, expect, test } from '@jest/globals';
import { PasswordHasher } from './password.js';
import { passwordWeakness } from './password-weakness.js';

describe('PasswordHasher', () => {
  const hasher = new PasswordHasher('full');

  test('hashes with argon2id, 19 MiB, two passes, one lane and a random salt', async () => {
    const [one, other] = await Promise.all([hasher.hash('correct horse'), hasher.hash('correct horse')]);
    expect(one).toMatch(/^\$argon2id\$/);
    expect(parseOptions(one)).toMatchObject({ memoryCost: 19_456, timeCost: 2, parallelism: 1 });
    expect(one).not.toBe(other);
  });

  test('accepts only the password that was hashed', async () => {
    const passwordHash = await hasher.hash('correct horse');
    await expect(hasher.verify('correct horse', passwordHash)).resolves.toBe(true);
    await expect(hasher.verify('Correct horse', passwordHash)).resolves.toBe(false);
  });

  test('rejects every password of an account that does not exist, even the one of the dummy hash', async () => {
    await expect(hasher.verify('correct horse', undefined)).resolves.toBe(false);
    await expect(hasher.verify('', undefined)).resolves.toBe(false);
  });

  test('accepts a password however a keyboard composes its characters', async () => {
    const passwordHash = await hasher.hash('caf\u00E9 au lait');
    await expect(hasher.verify('cafe\u0301 au lait', passwordHash)).resolves.toBe(true);
  });

  test('rejects a password that is far too long without normalizing it', async () => {
    const endless = '\u0300'.repeat(100_000) + '\u0316'.repeat(100_000);
    const passwordHash = await hasher.hash('');
    const start = performance.now();
    await expect(hasher.verify(endless, passwordHash)).resolves.toBe(false);
    expect(passwordWeakness(endless, [])).toMatch(/10 to 128/);
    expect(performance.now() - start).toBeLessThan(2_000);
  });

  test('verifies hashes of another cost, and reports them as outdated', async () => {
    const lowHasher = new PasswordHasher('low');
    for (const [maker, verifier] of [
      [hasher, lowHasher],
      [lowHasher, hasher],
    ] as const) {
      const passwordHash = await maker.hash('correct horse');
      await expect(verifier.verify('correct horse', passwordHash)).resolves.toBe(true);
      await expect(verifier.verify('Correct horse', passwordHash)).resolves.toBe(false);
      await expect(verifier.isOutdated(passwordHash)).resolves.toBe(true);
      await expect(maker.isOutdated(passwordHash)).resolves.toBe(false);
    }
  });
});
