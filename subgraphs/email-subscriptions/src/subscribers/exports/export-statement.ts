import type { EntityManager } from 'typeorm';
import { whereMatches, type SubscriberFilter } from '../list/subscriber-filter.js';
import { SubscriberEntity } from '../subscriber.entity.js';
import { headerOf, memberOf, type ExportField, type ExportFormat } from './export-fields.js';
import { inlined } from './inlined-query.js';

/** What an export contains. */
export interface ExportRequest {
  readonly format: ExportFormat;
  readonly fields: readonly ExportField[];
  readonly filter: SubscriberFilter;
}

/** No JSON contains these characters, so Postgres never puts a line in quotes. */
const AS_LINES = `FORMAT csv, DELIMITER E'\\x02', QUOTE E'\\x01'`;

const time = (column: string) => `to_char(s_${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;

/** `defuse` in SQL: the codes are those of `=`, `+`, `-`, `@`, tab, CR and the apostrophe. */
const defused = (text: string) =>
  `CASE WHEN ascii(${text}) IN (61, 43, 45, 64, 9, 13, 39) THEN '''' || ${text} ELSE ${text} END`;

const PLAIN_TAGS = `array_to_string(s_tags, ',')`;

/** `joinTags` in SQL, without the quotes in most rows. */
const TAGS = `CASE
  WHEN s_tags = '{}' THEN NULL
  WHEN array_to_string(s_tags, '') ~ '[",;]' THEN (
    SELECT string_agg(
      CASE WHEN tag ~ '[",;]' THEN '"' || replace(tag, '"', '""') || '"' ELSE tag END, ',' ORDER BY place
    )
    FROM unnest(s_tags) WITH ORDINALITY AS each (tag, place)
  )
  ELSE ${PLAIN_TAGS}
END`;

/** The cells of a CSV file. An empty list or object is an empty cell. */
function cellOf(field: ExportField, urlOfId: string): string {
  switch (field) {
    case 'EMAIL':
      return defused('s_email');
    case 'NAME':
      return defused('s_name');
    case 'TAGS':
      return `(SELECT ${defused('cell')} FROM (SELECT ${TAGS} AS cell OFFSET 0) AS tags)`;
    case 'ATTRIBUTES':
      return `NULLIF(s_attributes, '{}')`;
    default:
      return valueOf(field, urlOfId);
  }
}

/** The values of an NDJSON line. */
function valueOf(field: ExportField, urlOfId: string): string {
  switch (field) {
    case 'ADDED_AT':
    case 'CONFIRMED_AT':
    case 'UNSUBSCRIBED_AT':
      return time(field.toLowerCase());
    case 'UNSUBSCRIBE_URL':
      return `CASE WHEN s_erased_at IS NULL THEN ${urlOfId} END`;
    default:
      return `s_${field.toLowerCase()}`;
  }
}

/**
 * The `COPY` statement that writes the file. Postgres writes the lines, which is several times faster than Node.js.
 *
 * Rows are in the order in which they were added, and those of the same time in the order of their addresses. The same
 * list has the same order in every database, and an index gives it.
 * @param mark stands before the id of a subscriber in place of the unsubscribe link, which Postgres cannot sign
 */
export function exportStatement(manager: EntityManager, request: ExportRequest, mark: string): string {
  const { format, fields, filter } = request;
  const query = manager.createQueryBuilder(SubscriberEntity, 's');
  whereMatches(query, filter);
  const rows = `(${inlined(...query.getQueryAndParameters())}) AS rows`;
  const order = 'ORDER BY s_added_at, s_email_normalized';
  const urlOfId = `'${mark}' || s_id`;
  if (format === 'CSV') {
    const columns = fields.map((field) => `${cellOf(field, urlOfId)} AS ${headerOf(field)}`);
    return `COPY (SELECT ${columns.join(', ')} FROM ${rows} ${order}) TO STDOUT (FORMAT csv, HEADER)`;
  }
  const members = fields.map((field) => `${valueOf(field, urlOfId)} AS "${memberOf(field)}"`);
  const line = `row_to_json((SELECT line FROM (SELECT ${members.join(', ')}) AS line))`;
  return `COPY (SELECT ${line} FROM ${rows} ${order}) TO STDOUT (${AS_LINES})`;
}
