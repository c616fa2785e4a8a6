import { isUtf8 } from 'node:buffer';

/** Labels of the Encoding Standard. */
export type FileEncoding = 'utf-8' | 'utf-16le' | 'utf-16be' | 'windows-1252';

/** The encoding of a file, or what is wrong with it: a sentence for users. */
export type DetectedEncoding =
  | { readonly encoding: FileEncoding; readonly fault: null }
  | { readonly encoding: null; readonly fault: string };

const BYTE_ORDER_MARKS = [
  [Buffer.from([0xff, 0xfe]), 'utf-16le'],
  [Buffer.from([0xfe, 0xff]), 'utf-16be'],
] as const satisfies readonly (readonly [Buffer, FileEncoding])[];

/** Bytes that Windows-1252 does not define. */
const UNDEFINED = [0x81, 0x8d, 0x8f, 0x90, 0x9d];

/** What no file of an encoding has. NUL is what UTF-16 looks like to both. */
const SIGNS = {
  notUtf8: (bytes: Buffer) => !isUtf8(bytes),
  notWindows1252: (bytes: Buffer) => UNDEFINED.some((byte) => bytes.includes(byte)),
  nul: (bytes: Buffer) => bytes.includes(0),
} as const;
const SIGN_NAMES = Object.keys(SIGNS) as (keyof typeof SIGNS)[];

const LINE_FEED = 0x0a;

/**
 * Finds the encoding of a file while its bytes arrive: a byte order mark decides, then whether all bytes are valid
 * UTF-8. Windows-1252 is what is left.
 */
export class EncodingDetector {
  private start = Buffer.alloc(0);
  /** The incomplete character at the end of the last bytes. */
  private rest = Buffer.alloc(0);
  private line = 1;
  /** The first line with each sign. */
  private readonly seen: Partial<Record<keyof typeof SIGNS, number>> = {};

  push(bytes: Buffer): void {
    if (this.start.length < 2) this.start = Buffer.concat([this.start, bytes.subarray(0, 2)]).subarray(0, 2);
    const text = this.rest.length > 0 ? Buffer.concat([this.rest, bytes]) : bytes;
    const whole = text.subarray(0, text.length - incompleteBytes(text));
    this.rest = Buffer.from(text.subarray(whole.length));
    for (const sign of SIGN_NAMES) {
      if (this.seen[sign] === undefined && SIGNS[sign](whole)) this.seen[sign] = this.lineWith(sign, whole);
    }
    for (let at = whole.indexOf(LINE_FEED); at >= 0; at = whole.indexOf(LINE_FEED, at + 1)) this.line += 1;
  }

  /** The encoding of all bytes. Call it once, at the end. */
  end(): DetectedEncoding {
    if (this.rest.length > 0) this.seen.notUtf8 ??= this.line;
    const { notUtf8, notWindows1252, nul } = this.seen;
    const marked = BYTE_ORDER_MARKS.find(([mark]) => mark.equals(this.start))?.[1];
    if (marked) return found(marked);
    if (nul !== undefined) return unreadable(nul);
    if (notUtf8 === undefined) return found('utf-8');
    return notWindows1252 === undefined ? found('windows-1252') : unreadable(notUtf8);
  }

  private lineWith(sign: keyof typeof SIGNS, bytes: Buffer): number {
    let line = this.line;
    for (let from = 0; ; line += 1) {
      const feed = bytes.indexOf(LINE_FEED, from);
      if (feed < 0 || SIGNS[sign](bytes.subarray(from, feed))) return line;
      from = feed + 1;
    }
  }
}

/** How many bytes at the end begin a character of UTF-8 that is not complete. */
function incompleteBytes(bytes: Buffer): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back += 1) {
    const byte = bytes[bytes.length - back]!;
    if (byte >= 0xc0) return back < lengthOfCharacter(byte) ? back : 0;
    if (byte < 0x80) return 0;
  }
  return 0;
}

function lengthOfCharacter(first: number): number {
  if (first >= 0xf0) return 4;
  return first >= 0xe0 ? 3 : 2;
}

function found(encoding: FileEncoding): DetectedEncoding {
  return { encoding, fault: null };
}

function unreadable(line: number): DetectedEncoding {
  return {
    encoding: null,
    fault: `Line ${line} of the file is not valid text in UTF-8 or Windows-1252. Save the file as UTF-8 and import it again.`,
  };
}
