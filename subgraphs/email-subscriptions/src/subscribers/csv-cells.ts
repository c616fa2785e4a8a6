/** What starts a formula in a spreadsheet, and the apostrophe itself, which marks a cell as text. */
const FORMULA = /^[=+\-@\t\r']/;
const DEFUSED = /^'(?=[=+\-@\t\r'])/;

/** A tag with a quote or a separator is written in quotes. */
const NEEDS_QUOTES = /[",;]/;
/** One tag, in quotes or not, up to the next separator or the end. */
const TAG = /\s*(?:"((?:[^"]|"")*)"\s*(?=[,;]|$)|([^,;]*))(?:[,;]|$)/gy;

/** Puts an apostrophe before a cell that a spreadsheet would run as a formula. */
export function defuse(cell: string): string {
  return FORMULA.test(cell) ? `'${cell}` : cell;
}

/** The cell before `defuse`. */
export function restore(cell: string): string {
  return cell.replace(DEFUSED, '');
}

/** Writes tags into one cell, with commas: `news,"Paris, France"`. A quote in a tag is doubled. */
export function joinTags(tags: readonly string[]): string {
  return tags.map((tag) => (NEEDS_QUOTES.test(tag) ? `"${tag.replaceAll('"', '""')}"` : tag)).join(',');
}

/**
 * Reads the tags of a cell. Commas and semicolons separate tags, except between quotes. White space around a tag and
 * empty tags are left out. The tags are not checked.
 */
export function splitTags(cell: string): string[] {
  return Array.from(cell.matchAll(TAG), ([, quoted, plain]) =>
    (quoted?.replaceAll('""', '"') ?? plain ?? '').trim(),
  ).filter((tag) => tag !== '');
}
