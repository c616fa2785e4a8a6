import { dictionary } from '@zxcvbn-ts/language-common';

/** The 49,000 or so passwords that people choose most often, in lower case; 12 ms and 4 MB once, at the start. */
const COMMON: ReadonlySet<string> = new Set(dictionary['passwords-common']);

/** What people put before and after a word to please a form. */
const TRIMMINGS = /^[^\p{L}]*|[^\p{L}]*$/gu;
const TRAILING = /[^\p{L}]*$/u;

/** With more characters than this around the common word, it is those that have to be guessed. */
const LITTLE = 6;

/** Letters as people disguise them. */
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

/** Whether a password is on the list, as it is, in disguise, or with some digits and punctuation around it. */
export function isCommon(lowerCase: string): boolean {
  const cores = [lowerCase, lowerCase.replace(TRAILING, ''), lowerCase.replaceAll(TRIMMINGS, '')];
  return cores.some(
    (core) => lowerCase.length - core.length <= LITTLE && (COMMON.has(core) || COMMON.has(undisguised(core))),
  );
}

function undisguised(text: string): string {
  return text.replaceAll(/[013457@$!]/g, (character) => DISGUISES[character] ?? character);
}
