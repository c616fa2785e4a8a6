import { isCommon } from './common-passwords.js';
import { canonical, LONGEST_SPELLING } from './password.js';

const GOOD_LENGTH = /^.{10,128}$/su;

/** A password with this many different characters or fewer counts as a pattern. */
const FEW_CHARACTERS = 3;
const LONGEST_PATTERN = 8;

/** A password is weak if only this many characters remain once its guessable parts are removed. */
const LITTLE = 4;

/** The alphabet, the digits and rows of keyboards. A run along one of them, in either direction, is guessable. */
const ROWS = [
  'abcdefghijklmnopqrstuvwxyz',
  '01234567890',
  'qwertyuiop',
  'asdfghjkl',
  'zxcvbnm',
  'qwertzuiop',
  'yxcvbnm',
  'azertyuiop',
  'qsdfghjklm',
  'wxcvbn',
];
const SHORTEST_RUN = 3;
const SEQUENCES = ROWS.flatMap((row) => [row, Array.from(row).toReversed().join('')]);

/** The longest address or name. Longer ones are rejected elsewhere. */
const LONGEST_PERSONAL = 254;
const SHORTEST_WORD = 3;

/**
 * Checks a new password. Its length is counted in code points.
 * @param personal the e-mail address and the name of the user, which an attacker would try first
 * @returns a message for the user, or null if the password is acceptable
 */
export function passwordWeakness(password: string, personal: readonly string[]): string | null {
  const chosen = password.length > LONGEST_SPELLING ? '' : canonical(password);
  if (!GOOD_LENGTH.test(chosen)) return 'The password must have 10 to 128 characters.';
  const plain = chosen.toLowerCase();
  if (repeats(Array.from(plain)))
    return 'The password repeats the same few characters. Choose one that is harder to guess.';
  if (isLittle(withoutRuns(plain))) {
    return 'The password is mostly a sequence of characters in a row. Choose one that is harder to guess.';
  }
  if (isLittle(withoutWords(plain, personal.flatMap(wordsOf)))) {
    return 'The password is mostly your e-mail address or your name. Choose one that is harder to guess.';
  }
  if (isCommon(plain))
    return 'The password is one of the most common ones. Choose one that is harder to guess.';
  return null;
}

function repeats(characters: readonly string[]): boolean {
  if (new Set(characters).size <= FEW_CHARACTERS) return true;
  const longest = Math.min(LONGEST_PATTERN, Math.floor(characters.length / 2));
  for (let length = 1; length <= longest; length += 1) {
    if (characters.every((character, at) => at < length || character === characters[at - length]))
      return true;
  }
  return false;
}

function isLittle(rest: string): boolean {
  return Array.from(rest).length <= LITTLE;
}

/** Removes all runs along a row, from left to right, the longest possible ones. */
function withoutRuns(text: string): string {
  let rest = '';
  for (let at = 0; at < text.length;) {
    const length = runAt(text, at);
    if (length < SHORTEST_RUN) rest += text[at];
    at += length < SHORTEST_RUN ? 1 : length;
  }
  return rest;
}

function runAt(text: string, at: number): number {
  let longest = 0;
  for (const sequence of SEQUENCES) {
    let length = 1;
    while (at + length < text.length && sequence.includes(text.slice(at, at + length + 1))) length += 1;
    longest = Math.max(longest, length);
  }
  return longest;
}

function withoutWords(text: string, words: readonly string[]): string {
  const longestFirst = words.toSorted((one, other) => other.length - one.length);
  return longestFirst.reduce((rest, word) => rest.replaceAll(word, ''), text);
}

/** The whole text, the text without separators, and each of its words. */
function wordsOf(text: string): string[] {
  if (text.length > LONGEST_PERSONAL) return [];
  const plain = canonical(text).trim().toLowerCase();
  const words = plain.split(/[^\p{L}\p{N}]+/u);
  return [plain, words.join(''), ...words].filter((word) => word.length >= SHORTEST_WORD);
}
