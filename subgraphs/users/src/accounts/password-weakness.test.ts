import { describe, expect, test } from '@jest/globals';
import { passwordWeakness } from './password-weakness.js';

describe('a new password', () => {
  const weaknessOf = (password: string) => passwordWeakness(password, ['Ada@Example.com', 'Ada Lovelace']);

  test.each([
    'correct horse',
    'correct horse battery staple',
    'a line\nbreak\u0000',
    '0O1l|{}[]+',
    '🔑🚪🏠🐴🔋📎✅🎩🌊🍵',
    'пароль для входа',
    'my dragon eats 123 monkeys',
    'ada likes looms and punched cards',
    '🔑🚪🏠🐴'.repeat(31) + 'abcd',
  ])('accepts any characters: %j', (password) => {
    expect(weaknessOf(password)).toBeNull();
  });

  test.each([
    ['nothing', ''],
    ['nine characters', 'kd8w!zq0p'],
    ['nine characters that are eighteen code units', '🔑🚪🏠🐴🔋📎✅🎩🌊'],
    ['129 characters', 'kd8w!zq0p'.repeat(15).slice(0, 129)],
    ['nine characters once its letters are composed', 'cafe\u0301 au l'],
  ])('must have 10 to 128 characters, not %s', (_, password) => {
    expect(weaknessOf(password)).toBe('The password must have 10 to 128 characters.');
  });

  test.each([
    'aaaaaaaaaa',
    'ababababab',
    'abcabcabca',
    'aAaAbBbB1aAbB',
    'hellohello',
    'trustno1trustno1',
    '🔑'.repeat(128),
  ])('must not repeat a few characters: %j', (password) => {
    expect(weaknessOf(password)).toMatch(/repeats the same few characters/);
  });

  test.each([
    'abcdefghij',
    '1234567890',
    '0987654321',
    'qwertyuiop',
    'POIUYTREWQ',
    'qwerty123456',
    'abcd-1234-efgh',
    'asdfghjkl;',
    'azertyuiop',
  ])('must not be a sequence of characters in a row: %j', (password) => {
    expect(weaknessOf(password)).toMatch(/characters in a row/);
  });

  test.each([
    'ada@example.com',
    'ADA@EXAMPLE.COM!',
    'Ada Lovelace',
    'adalovelace1815',
    'lovelace-ada',
    'my lovelace',
  ])('must not be the address or the name of the user: %j', (password) => {
    expect(weaknessOf(password)).toMatch(/your e-mail address or your name/);
    expect(passwordWeakness(password, ['bob@example.org', 'Bob'])).toBeNull();
  });

  test.each([
    'basketball',
    'Manchester',
    'P@ssw0rd2024',
    'password12!',
    '!!sunshine99',
    'iloveyou12',
    '1qaz2wsx3edc',
  ])('must not be a common password, even in disguise: %j', (password) => {
    expect(weaknessOf(password)).toMatch(/most common ones/);
  });

  test('is compared with a very long address without delay', () => {
    const address = `${'ada.'.repeat(250_000)}@example.com`;
    expect(passwordWeakness('correct horse', [address, address])).toBeNull();
  });
});
