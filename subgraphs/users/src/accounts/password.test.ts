import { parseOptions } from '@node-rs/argon2';
import { describe, expect, test } from '@jest/globals';
import { hashPassword, verifyPassword } from './password.js';
import { passwordWeakness } from './password-weakness.js';

describe('a password', () => {
  test('is hashed with argon2id, 19 MiB, two passes, one lane and a salt of its own', async () => {
    const [one, other] = await Promise.all([hashPassword('correct horse'), hashPassword('correct horse')]);
    expect(one).toMatch(/^\$argon2id\$/);
    expect(parseOptions(one)).toMatchObject({ memoryCost: 19_456, timeCost: 2, parallelism: 1 });
    expect(one).not.toBe(other);
  });

  test('is the right one only when it is the same', async () => {
    const passwordHash = await hashPassword('correct horse');
    await expect(verifyPassword('correct horse', passwordHash)).resolves.toBe(true);
    await expect(verifyPassword('Correct horse', passwordHash)).resolves.toBe(false);
  });

  test('of nobody is never right, not even the one that stands in for it', async () => {
    await expect(verifyPassword('correct horse', undefined)).resolves.toBe(false);
    await expect(verifyPassword('', undefined)).resolves.toBe(false);
  });

  test('is the same however a keyboard composes its characters', async () => {
    const passwordHash = await hashPassword('caf\u00E9 au lait');
    await expect(verifyPassword('cafe\u0301 au lait', passwordHash)).resolves.toBe(true);
  });

  test('that is far too long is wrong at once, whatever normalising it would take', async () => {
    const endless = '\u0300'.repeat(100_000) + '\u0316'.repeat(100_000);
    const passwordHash = await hashPassword('');
    const start = performance.now();
    await expect(verifyPassword(endless, passwordHash)).resolves.toBe(false);
    expect(passwordWeakness(endless, [])).toMatch(/10 to 128/);
    expect(performance.now() - start).toBeLessThan(2_000);
  });
});
