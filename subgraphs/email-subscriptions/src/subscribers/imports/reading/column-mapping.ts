import { restore } from '../../csv-cells.js';

export const IMPORT_FIELDS = [
  'EMAIL',
  'NAME',
  'TAGS',
  'ATTRIBUTE',
  'ATTRIBUTES',
  'ADDED_AT',
  'CONFIRMED_AT',
  'UNSUBSCRIBED_AT',
  'STATUS',
  'IGNORE',
] as const;
export type ImportField = (typeof IMPORT_FIELDS)[number];

/** What the client says about a column. */
export interface ColumnChoice {
  readonly header: string;
  readonly field: ImportField;
  /** The attribute of `ATTRIBUTE`. */
  readonly attribute?: string | null | undefined;
}

/** A column of the file. */
export interface Column {
  /** The cell of the header line. */
  readonly header: string;
  readonly field: ImportField;
  /** Empty for other fields than `ATTRIBUTE`. */
  readonly attribute: string;
}

const MOST_COLUMNS = 200;

/** Headers in lower case, with underscores between words. */
const GUESSES: ReadonlyMap<string, ImportField> = new Map(
  Object.entries({
    email: 'EMAIL',
    e_mail: 'EMAIL',
    mail: 'EMAIL',
    email_address: 'EMAIL',
    e_mail_address: 'EMAIL',
    name: 'NAME',
    full_name: 'NAME',
    tags: 'TAGS',
    attributes: 'ATTRIBUTES',
    status: 'STATUS',
    added_at: 'ADDED_AT',
    created_at: 'ADDED_AT',
    confirmed_at: 'CONFIRMED_AT',
    unsubscribed_at: 'UNSUBSCRIBED_AT',
  }),
);

/** Fields that several columns may have. */
const REPEATABLE: ReadonlySet<ImportField> = new Set(['ATTRIBUTE', 'IGNORE']);

const ATTRIBUTE = /^attribute\.(.+)$/is;

/**
 * Finds the field of each column, by the client's choices and, for all other columns, by the header.
 * @returns the columns, or what is wrong: a sentence for users
 */
export function mapColumns(
  header: readonly string[],
  choices: readonly ColumnChoice[] | null,
):
  | { readonly columns: readonly Column[]; readonly fault: null }
  | { readonly columns: null; readonly fault: string } {
  if (header.length > MOST_COLUMNS) return fault(`The file has more than ${MOST_COLUMNS} columns.`);
  const names = header.map((cell) => restore(cell).trim());
  const chosen = new Map(choices?.map((choice) => [choice.header.trim(), choice]));
  const unknown = [...chosen.keys()].findIndex((name) => !names.includes(name));
  if (unknown >= 0) {
    return fault(
      `The header line has no column for entry ${unknown + 1} of columns. Use the headers of the file.`,
    );
  }
  const columns = names.map((name): Column => {
    const choice = chosen.get(name);
    return choice
      ? { header: name, field: choice.field, attribute: choice.attribute?.trim() ?? '' }
      : guess(name);
  });
  const targets = columns.filter(({ field }) => !REPEATABLE.has(field)).map(({ field }) => field);
  const twice = targets.find((field, place) => targets.indexOf(field) !== place);
  if (twice)
    return fault(`The file has two columns for ${twice}. Use columns to choose one and ignore the other.`);
  if (!targets.includes('EMAIL')) {
    return fault(
      'The file has no column for the e-mail address. Name the column email, or choose it in columns.',
    );
  }
  return { columns, fault: null };
}

function guess(header: string): Column {
  const [, attribute] = ATTRIBUTE.exec(header) ?? [];
  if (attribute !== undefined) return { header, field: 'ATTRIBUTE', attribute: attribute.trim() };
  const key = header.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, '_');
  return { header, field: GUESSES.get(key) ?? 'IGNORE', attribute: '' };
}

function fault(sentence: string): { readonly columns: null; readonly fault: string } {
  return { columns: null, fault: sentence };
}
