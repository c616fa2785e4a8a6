/**
 * Text without its case, for finding. Lower case first and upper case then, because each alone keeps letters
 * apart that are one (final sigma, the Kelvin sign); NFC, so that é is é however it was typed. Done here
 * rather than in Postgres: then a filter means the same in memory as in SQL.
 */
export function foldCase(text: string): string {
  return text.toLowerCase().toUpperCase().normalize('NFC');
}

/** What a text query looks through: address and name, between them a line break that no query can hold. */
export function searchText(email: string, name: string | null): string {
  return foldCase(`${email}\n${name ?? ''}`);
}

/** The pattern of LIKE for what holds this text, already folded, anywhere: no character of it has a meaning. */
export function likePattern(folded: string): string {
  return `%${folded.replace(/[\\%_]/g, '\\$&')}%`;
}
