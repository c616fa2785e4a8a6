import { newId, searchText } from '@kit/database';
import { parseNewEmail } from '@kit/mail';
import { restore, splitTags } from '../../csv-cells.js';
import { isName, NAME_RULE, parseAttributes, parseTags, withAttributes } from '../../details.js';
import type { SubscriberErrorCode } from '../../subscriber-error.js';
import { NO_FACTS, statusOf, type SubscriberFacts, type SubscriberStatus } from '../../subscriber-status.js';
import type { Attributes } from '../../subscriber.entity.js';
import type { Column, ImportField } from './column-mapping.js';
import type { CsvRow } from './csv-rows.js';
import { isErasedCell } from './erased-cell.js';
import { AROUND, AROUND_NAME, trimCell } from './trim-cell.js';

/** A row that was checked. */
export interface CheckedRow {
  readonly line: number;
  /** The id of the subscriber, if it is added. */
  readonly id: string;
  /** Null if the address was erased from the file. */
  readonly email: string | null;
  readonly emailNormalized: string;
  readonly name: string | null;
  readonly searchText: string;
  readonly status: SubscriberStatus;
  readonly facts: SubscriberFacts;
  readonly tags: readonly string[];
  readonly attributes: Attributes;
  readonly addedAt: Date | null;
  readonly confirmedAt: Date | null;
}

/** Why a row is not imported. */
export interface Rejection {
  readonly line: number;
  /** The start of the header; null when the whole row is at fault. */
  readonly column: string | null;
  readonly code: SubscriberErrorCode;
  readonly message: string;
  readonly value: string | null;
}

export type ParsedRow = { readonly row: CheckedRow } | { readonly rejection: Rejection };

const LARGEST_CELL = 1_000_000;
const LONGEST_VALUE = 200;

/** ISO 8601, as exports write it, with or without a time. Without a zone it is UTC. */
const TIME =
  /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2})(:\d{2})?([.,]\d{1,9})?\s?(Z|[+-]\d{2}(?::?\d{2})?)?)?$/i;

const YEAR_1 = new Date('0001-01-01T00:00:00Z');

/** The facts of the statuses that a row may state. */
const FACT = {
  PENDING: 'pendingSince',
  BOUNCED: 'bouncedAt',
  UNSUBSCRIBED: 'unsubscribedAt',
  COMPLAINED: 'complainedAt',
} as const;

interface Fields {
  name: string | null;
  tags: string[];
  attributes: Record<string, object | string | number | boolean | null>;
  status: string | null;
  times: Partial<Record<ImportField, Date>>;
}

class Rejected extends Error {
  constructor(
    readonly code: SubscriberErrorCode,
    message: string,
  ) {
    super(message);
  }
}

/** Checks the rows of a file by the rules for new subscribers. */
export class RowParser {
  private readonly email: number;

  /**
   * @param tags tags of every row
   * @param now the start of the import, so that a second run has the same results
   */
  constructor(
    private readonly columns: readonly Column[],
    private readonly tags: readonly string[],
    private readonly now: Date,
  ) {
    this.email = columns.findIndex(({ field }) => field === 'EMAIL');
  }

  parse({ line, cells }: CsvRow): ParsedRow {
    let place = -1;
    try {
      for (place = this.columns.length; place < cells.length; place += 1) {
        if (cells[place]!.trim() !== '') throw new Rejected('INVALID_INPUT', MORE_CELLS);
      }
      const email = cells[this.email] ?? '';
      if (isErasedCell(email)) return { row: this.erasedRow(line) };
      const fields: Fields = { name: null, tags: [...this.tags], attributes: {}, status: null, times: {} };
      for (place = 0; place < this.columns.length; place += 1) {
        const cell = cells[place];
        if (cell === undefined || cell === '') continue;
        if (cell.length > LARGEST_CELL) throw new Rejected('INVALID_INPUT', CELL_TOO_LARGE);
        this.read(this.columns[place]!, cell, fields);
      }
      place = this.email;
      return { row: this.rowOf(line, withoutSpaceAround(email), fields) };
    } catch (error) {
      if (!(error instanceof Rejected)) throw error;
      const { code, message } = error;
      const column = shown(this.columns[place]?.header);
      return { rejection: { line, column, code, message, value: shown(cells[place]) } };
    }
  }

  private read({ field, attribute }: Column, cell: string, fields: Fields): void {
    switch (field) {
      case 'EMAIL':
      case 'IGNORE':
        return;
      case 'NAME':
        fields.name = restore(trimCell(cell, AROUND_NAME)) || null;
        if (fields.name !== null && !isName(fields.name)) throw new Rejected('INVALID_INPUT', NAME_RULE);
        return;
      case 'TAGS': {
        const tags = parseTags([...fields.tags, ...splitTags(restore(cell))]);
        if (tags.fault !== null) throw new Rejected('INVALID_INPUT', tags.fault);
        fields.tags = tags.value;
        return;
      }
      case 'ATTRIBUTE':
        return addAttributes(fields, { [attribute]: restore(cell) });
      case 'ATTRIBUTES':
        return addAttributes(fields, jsonOf(restore(cell)));
      case 'STATUS':
        fields.status = withoutSpaceAround(cell).toUpperCase() || null;
        if (fields.status !== null && fields.status !== 'ACTIVE' && !(fields.status in FACT)) {
          throw new Rejected('INVALID_INPUT', STATUS_RULE);
        }
        return;
      default: {
        const time = this.timeOf(withoutSpaceAround(cell));
        if (time) fields.times[field] = time;
      }
    }
  }

  private timeOf(text: string): Date | null {
    if (text === '') return null;
    const [, day, minutes = '00:00', seconds = ':00', fraction = '', zone = 'Z'] = TIME.exec(text) ?? [];
    const zoned = /^[+-]\d{2}$/.test(zone) ? `${zone}:00` : zone;
    const time = new Date(`${day}T${minutes}${seconds}${fraction.replace(',', '.')}${zoned.toUpperCase()}`);
    // 31 February would become 3 March. Postgres has no year 0.
    if (Number.isNaN(time.getTime()) || !isDay(day!) || time < YEAR_1)
      throw new Rejected('INVALID_INPUT', TIME_RULE);
    if (time > this.now) throw new Rejected('INVALID_INPUT', 'Use a time that is not in the future.');
    return time;
  }

  private rowOf(line: number, email: string, { name, tags, attributes, status, times }: Fields): CheckedRow {
    const address = parseNewEmail(email);
    if (address.fault !== null) throw new Rejected('INVALID_EMAIL', address.fault);
    const facts = { ...NO_FACTS, unsubscribedAt: times.UNSUBSCRIBED_AT ?? null };
    if (status !== null && status in FACT) {
      const fact = FACT[status as keyof typeof FACT];
      facts[fact] ??= this.now;
    }
    return {
      line,
      id: newId(),
      email,
      emailNormalized: address.normalized,
      name,
      searchText: searchText(email, name),
      status: statusOf(facts),
      facts,
      tags,
      attributes,
      addedAt: times.ADDED_AT ?? null,
      confirmedAt: times.CONFIRMED_AT ?? null,
    };
  }

  private erasedRow(line: number): CheckedRow {
    const id = newId();
    return {
      line,
      id,
      email: null,
      emailNormalized: `erased:${id}`,
      name: null,
      searchText: '',
      status: 'ERASED',
      facts: NO_FACTS,
      tags: [],
      attributes: {},
      addedAt: null,
      confirmedAt: null,
    };
  }
}

const MORE_CELLS =
  'The row has more cells than the header line. Put cells with delimiters in quotation marks.';
const CELL_TOO_LARGE = 'Use cells of at most 1,000,000 characters.';
const STATUS_RULE = `Use ACTIVE, ${Object.keys(FACT).join(', ')}, or leave the cell empty.`;
const TIME_RULE = 'Use a time such as 2026-11-28T12:00:00Z.';

function addAttributes(fields: Fields, more: unknown): void {
  const attributes = parseAttributes(more);
  if (attributes.fault !== null) throw new Rejected('INVALID_INPUT', attributes.fault);
  const together = parseAttributes(withAttributes(fields.attributes, attributes.value));
  if (together.fault !== null) throw new Rejected('INVALID_INPUT', together.fault);
  fields.attributes = { ...together.value };
}

function jsonOf(cell: string): unknown {
  try {
    return JSON.parse(cell);
  } catch {
    return null;
  }
}

function withoutSpaceAround(cell: string): string {
  return restore(trimCell(cell, AROUND));
}

function isDay(day: string): boolean {
  const date = new Date(`${day}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(day);
}

/** The start of a cell, as Postgres can store it. */
function shown(cell: string | undefined): string | null {
  if (cell === undefined) return null;
  const start = Array.from(cell.slice(0, 2 * LONGEST_VALUE))
    .slice(0, LONGEST_VALUE)
    .join('');
  // Encoding replaces lone surrogates.
  return Buffer.from(start.replaceAll('\0', '\ufffd')).toString();
}
