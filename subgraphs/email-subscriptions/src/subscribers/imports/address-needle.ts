import { ERASED_BYTE } from './reading/erased-cell.js';

/** The bytes of an address in one encoding, wherever they stand alone in a file. */
export interface AddressNeedle {
  /** Matches text that has one character for each byte, in lower case. */
  readonly pattern: RegExp;
  readonly length: number;
  /** What replaces each code unit. */
  readonly filler: Buffer;
}

/** How many bytes before and after an address a pattern looks at. */
export const CONTEXT = 4;

/**
 * The patterns of an address in the encodings of files. They do not match the end of another local part, such as
 * `joann@example.com` for `ann@example.com`, or the start of another domain, such as `ann@example.com.au`. A dot at the end
 * of a sentence, and the apostrophe that exports put before a cell, do not belong to the address.
 */
export function needlesOf(address: string): AddressNeedle[] {
  const utf16 = Buffer.from(address, 'utf16le');
  return [
    needle(Buffer.from(address), ['', ''], [ERASED_BYTE]),
    needle(Buffer.from(address, 'latin1'), ['', ''], [ERASED_BYTE]),
    needle(utf16, ['', '\\0'], [ERASED_BYTE, 0]),
    needle(Buffer.from(utf16).swap16(), ['\\0', ''], [0, ERASED_BYTE]),
  ];
}

/** @param around what is before and after the byte of an ASCII character */
function needle(bytes: Buffer, [before, after]: [string, string], filler: number[]): AddressNeedle {
  const unit = (character: string) => before + character + after;
  const startsInLocalPart = `(?<!${unit('[a-z0-9._+-]')}(?:${unit("'")})?)`;
  const goesOn = `(?!${unit('[a-z0-9-]')}|${unit('\\.')}${unit('[a-z0-9]')})`;
  const text = bytes.toString('latin1').toLowerCase();
  const literal = text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
  return {
    pattern: new RegExp(startsInLocalPart + literal + goesOn, 'g'),
    length: bytes.length,
    filler: Buffer.from(filler),
  };
}

/**
 * Overwrites the address in bytes.
 * @param within addresses that start earlier or end later stay as they are
 * @returns the position of the first one; null without one
 */
export function overwriteAddress(
  bytes: Buffer,
  needles: readonly AddressNeedle[],
  within: { readonly from: number; readonly until: number },
): number | null {
  let first: number | null = null;
  const text = bytes.toString('latin1').toLowerCase();
  for (const { pattern, length, filler } of needles) {
    for (const { index } of text.matchAll(pattern)) {
      if (index < within.from || index + length > within.until) continue;
      bytes.fill(filler, index, index + length);
      first = Math.min(first ?? index, index);
    }
  }
  return first;
}
