import { parseOptions } from '@node-rs/argon2';
import { describe, expect, test } from '@jest/globals';
import { hashPassword, verifyPassword } from './password.js';
import { passwordWeakness } from './password-weakness.js';

describe('a password', () => {
  test('is hashed with argon2id, 19 MiB, two passes, one lane and a new salt', async () => {
    const [one, other] = await Promise.all([hashPassword('correct horse'), hashPassword('correct horse')]);
    expect(one).toMatch(/^\$argon2id\$/);
    expect(parseOptions(one)).toMatchObject({ memoryCost: 19_456, timeCost: 2, parallelism: 1 });
    expect(one).not.toBe(other);
  });

  test('matches its own hash only', async () => {
    const passwordHash = await hashPassword('correct horse');
    await expect(verifyPassword('correct horse', passwordHash)).resolves.toBe(true);
    await expect(verifyPassword('Correct horse', passwordHash)).resolves.toBe(false);
  });

  test('never matches without a hash, even the placeholder', async () => {
    await expect(verifyPassword('correct horse', undefined)).resolves.toBe(false);
    await expect(verifyPassword('', undefined)).resolves.toBe(false);
  });

  test('matches in any Unicode composition', async () => {
    const passwordHash = await hashPassword('caf\u00E9 au lait');
    await expect(verifyPassword('cafe\u0301 au lait', passwordHash)).resolves.toBe(true);
  });

  test('is rejected without normalising if it is far too long', async () => {
    const endless = '\u0300'.repeat(100_000) + '\u0316'.repeat(100_000);
    const passwordHash = await hashPassword('');
    const start = performance.now();
    await expect(verifyPassword(endless, passwordHash)).resolves.toBe(false);
    expect(passwordWeakness(endless, [])).toMatch(/10 to 128/);
    expect(performance.now() - start).toBeLessThan(2_000);
  });
});
