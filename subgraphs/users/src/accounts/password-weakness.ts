import { isCommon } from './common-passwords.js';
import { canonical, LONGEST_SPELLING } from './password.js';

const GOOD_LENGTH = /^.{10,128}$/su;

/** So few different characters are a pattern, whatever their order. */
const FEW_CHARACTERS = 3;
const LONGEST_PATTERN = 8;

/** What remains of a password once all is taken out that would be guessed, and is too little. */
const LITTLE = 4;

/** A run along one of these, either way, is guessed at any length. */
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

/** Nobody's address or name is longer; who hands in more is refused for that. */
const LONGEST_PERSONAL = 254;
const SHORTEST_WORD = 3;

/**
 * Why a password cannot be chosen, in words for people; null when it can. Length counts in code points.
 * @param personal what somebody who knows them would try first: their address, their name
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

/** Takes out every run along a row, the longest that begins at each place. */
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

/** The text itself, with and without what is between its words, and each of them. */
function wordsOf(text: string): string[] {
  if (text.length > LONGEST_PERSONAL) return [];
  const plain = canonical(text).trim().toLowerCase();
  const words = plain.split(/[^\p{L}\p{N}]+/u);
  return [plain, words.join(''), ...words].filter((word) => word.length >= SHORTEST_WORD);
}
