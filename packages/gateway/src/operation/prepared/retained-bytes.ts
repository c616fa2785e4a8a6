/** Bytes of memory that a document and what is derived from it take for each character, and at least. */
const PER_CHARACTER = 100;
const BASE = 8 * 1024;

/** Estimates the memory that a document of this text retains. */
export function retainedBytes(text: string): number {
  return BASE + PER_CHARACTER * text.length;
}
