import type { ParsedEmail } from './parsed-email.js';

/** RFC 5321, section 4.5.3.1.1, in octets of UTF-8. */
const LONGEST_LOCAL_PART = 64;

/** Characters that need no quotation marks: RFC 5322's `atext`, RFC 6531's UTF8-non-ascii, and dots. */
const UNQUOTED = /^[a-z0-9!#$%&'*+/=?^_`{|}~.\-\u00a0-\u{10ffff}]+$/u;

/** Dots that RFC 5322's `dot-atom` does not allow. */
const MISPLACED_DOT = /^\.|\.$|\.\./;

/** The normal form of a local part in NFKC, quoted or not. */
export function parseLocalPart(localPart: string): ParsedEmail {
  const isQuoted = localPart.startsWith('"');
  const content = caseless(isQuoted ? localPart.slice(1, -1).replace(/\\(.)/gsu, '$1') : localPart);
  const needsQuotes = !UNQUOTED.test(content) || MISPLACED_DOT.test(content);
  if (needsQuotes && !isQuoted) {
    return {
      fault: UNQUOTED.test(content)
        ? 'The part before the @ must not begin or end with a dot, or contain two dots in a row.'
        : 'The part before the @ contains a character that is only allowed in quotation marks.',
    };
  }
  const normalized = needsQuotes ? `"${content.replace(/["\\]/g, '\\$&')}"` : content;
  return Buffer.byteLength(normalized) > LONGEST_LOCAL_PART
    ? { fault: `The part before the @ must have at most ${LONGEST_LOCAL_PART} bytes.` }
    : { normalized, fault: null };
}

const ASCII = /^[\0-\x7f]*$/;

/** Unicode's compatibility caseless form (The Unicode Standard, D146), in NFKC. */
function caseless(text: string): string {
  // Most addresses. In ASCII the lower case is the same, and imports normalize thousands of addresses a second.
  if (ASCII.test(text)) return text.toLowerCase();
  return Array.from(text.normalize('NFKD'), foldCase).join('').normalize('NFKC');
}

/**
 * Full case folding (CaseFolding.txt, C and F) of one code point. JavaScript has no function for it, but the lower case
 * of the upper case of the lower case is the same. Each code point is folded alone, since a whole text would get a final
 * sigma. Two exceptions:
 * - U+0131 (dotless i) does not fold: its upper case is I.
 * - Cherokee letters become lower case, and upper case in CaseFolding.txt. The same letters are equal.
 */
function foldCase(character: string): string {
  if (character === '\u0131') return character;
  return Array.from(character.toLowerCase().toUpperCase(), (one) => one.toLowerCase()).join('');
}
