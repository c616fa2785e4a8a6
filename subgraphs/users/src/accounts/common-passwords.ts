import { dictionary } from '@zxcvbn-ts/language-common';

/** About 49,000 of the most common passwords, in lower case. Loading them takes 12 ms and 4 MB. */
const COMMON: ReadonlySet<string> = new Set(dictionary['passwords-common']);

/** Digits and punctuation that people put around a word to satisfy a password rule. */
const TRIMMINGS = /^[^\p{L}]*|[^\p{L}]*$/gu;
const TRAILING = /[^\p{L}]*$/u;

/** A password with more characters than this around the common word is hard enough to guess. */
const LITTLE = 6;

/** Common substitutes for letters. */
const DISGUISES: Readonly<Record<string, string>> = {
  '0': 'o',
  '1': 'i',
  '3': 'e',
  '4': 'a',
  '5': 's',
  '7': 't',
  '@': 'a',
  $: 's',
  '!': 'i',
};

/** Whether a password is on the list, also with substituted letters or a few digits and punctuation marks around it. */
export function isCommon(lowerCase: string): boolean {
  const cores = [lowerCase, lowerCase.replace(TRAILING, ''), lowerCase.replaceAll(TRIMMINGS, '')];
  return cores.some(
    (core) => lowerCase.length - core.length <= LITTLE && (COMMON.has(core) || COMMON.has(undisguised(core))),
  );
}

function undisguised(text: string): string {
  return text.replaceAll(/[013457@$!]/g, (character) => DISGUISES[character] ?? character);
}
