/**
 * Folds the case of a text for searching: lower case, then upper case, because either alone leaves differences (final
 * sigma, the Kelvin sign), then NFC. It is not done in Postgres, so that a filter means the same in memory and in SQL.
 */
export function foldCase(text: string): string {
  return text.toLowerCase().toUpperCase().normalize('NFC');
}

/** The text that queries search: the values of a row, separated by line breaks, which no query can contain. */
export function searchText(...values: readonly (string | null)[]): string {
  return foldCase(values.map((value) => value ?? '').join('\n'));
}

/** A LIKE pattern that matches texts which contain this folded text. Special characters are escaped. */
export function likePattern(folded: string): string {
  return `%${folded.replace(/[\\%_]/g, '\\$&')}%`;
}
