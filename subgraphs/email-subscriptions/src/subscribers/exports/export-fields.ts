/** The fields that an export can have, in the order of its columns. */
export const EXPORT_FIELDS = [
  'ID',
  'EMAIL',
  'NAME',
  'STATUS',
  'TAGS',
  'ATTRIBUTES',
  'SOURCE',
  'ADDED_AT',
  'CONFIRMED_AT',
  'UNSUBSCRIBED_AT',
  'CONSENT',
  'UNSUBSCRIBE_URL',
] as const;
export type ExportField = (typeof EXPORT_FIELDS)[number];

export type ExportFormat = 'CSV' | 'NDJSON';

/** What an import can read. */
const IMPORTABLE: readonly ExportField[] = [
  'EMAIL',
  'NAME',
  'STATUS',
  'TAGS',
  'ATTRIBUTES',
  'ADDED_AT',
  'CONFIRMED_AT',
  'UNSUBSCRIBED_AT',
];

/** Evidence about a person, and links that act for the person. */
const PERSONAL: ReadonlySet<ExportField> = new Set(['CONSENT', 'UNSUBSCRIBE_URL']);

/** @returns the fields in the order of the columns, without duplicates; by default those that an import can read */
export function orderedFields(fields: readonly ExportField[] | null | undefined): ExportField[] {
  return EXPORT_FIELDS.filter((field) => (fields ?? IMPORTABLE).includes(field));
}

/** Whether an export of these fields needs the scope `subscribers:pii`. */
export function isPersonal(fields: readonly ExportField[]): boolean {
  return fields.some((field) => PERSONAL.has(field));
}

/** The header of a CSV column: `added_at`. */
export function headerOf(field: ExportField): string {
  return field.toLowerCase();
}

/** The member of an NDJSON line, which has the name of the GraphQL field: `addedAt`. */
export function memberOf(field: ExportField): string {
  return field.toLowerCase().replace(/_(.)/g, (_, letter: string) => letter.toUpperCase());
}
