import { isDeepStrictEqual } from 'node:util';
import { DomainError } from '@kit/service';
import type { ObjectLiteral, SelectQueryBuilder } from 'typeorm';
import { foldCase, likePattern } from '@kit/database';
import { plainText } from '@kit/subgraph';

import { parseId } from '../subscriber-id.js';
import { type Checked, parseAttributes, parseTags } from '../details.js';
import { SUBSCRIBER_STATUSES, type SubscriberStatus } from '../subscriber-status.js';
import type { Attributes, SubscriberEntity, SubscriberSource } from '../subscriber.entity.js';

/** The maximum length of an address; names are shorter. */
const LONGEST_QUERY = 254;
const QUERY = plainText(LONGEST_QUERY);

/** The unchecked input of a filter. A field that is absent or null matches all subscribers. */
export interface FilterFields {
  readonly status?: readonly SubscriberStatus[] | null;
  readonly addedBy?: readonly string[] | null;
  readonly addedAt?: { readonly from?: Date | null; readonly before?: Date | null } | null;
  readonly query?: string | null;
  readonly tags?: readonly string[] | null;
  readonly source?: readonly SubscriberSource[] | null;
  readonly attributes?: unknown;
}

/** The statuses of a filter that names none. */
export const NOT_ERASED = SUBSCRIBER_STATUSES.filter((status) => status !== 'ERASED');

/** A checked filter. Equal filters have the same form, whatever their order and spelling; null matches all subscribers, of `statuses` all but erased ones. */
export interface SubscriberFilter {
  readonly statuses: readonly SubscriberStatus[] | null;
  readonly addedBy: readonly string[] | null;
  readonly from: Date | null;
  readonly before: Date | null;
  /** Case-folded, like `searchText`. */
  readonly text: string | null;
  /** All of them. */
  readonly tags: readonly string[] | null;
  readonly sources: readonly SubscriberSource[] | null;
  /** With sorted names. */
  readonly attributes: Attributes | null;
}

export class InvalidFilter extends DomainError {
  readonly code = 'BAD_USER_INPUT';
}

/** @throws InvalidFilter if the text query, the tags or the attributes have values that no subscriber can have */
export function parseFilter(fields: FilterFields | null | undefined): SubscriberFilter {
  const { status, addedBy, addedAt, query, source } = fields ?? {};
  if (query && !QUERY.test(query)) {
    throw new InvalidFilter(
      `filter.query must have at most ${LONGEST_QUERY} characters and no control characters.`,
    );
  }
  const tags = checked('tags', parseTags(fields?.tags ?? []));
  const attributes = checked('attributes', parseAttributes(fields?.attributes ?? {}));
  return {
    statuses: status ? unique(status) : null,
    addedBy: addedBy ? unique(addedBy.map(parseId).filter((id) => id !== null)) : null,
    from: addedAt?.from ?? null,
    before: addedAt?.before ?? null,
    text: query ? foldCase(query) : null,
    tags: tags.length > 0 ? tags : null,
    sources: source ? unique(source) : null,
    attributes: Object.keys(attributes).length > 0 ? withSortedNames(attributes) : null,
  };
}

/** Restricts a filter to the subscribers that one user added. */
export function addedOnlyBy(userId: string, filter: SubscriberFilter): SubscriberFilter {
  const id = parseId(userId);
  const canMatch = id !== null && (filter.addedBy?.includes(id) ?? true);
  return { ...filter, addedBy: canMatch ? [id] : [] };
}

/** Whether the filter looks at nothing but a field. */
export function hasOnly(filter: SubscriberFilter, only: keyof SubscriberFilter): boolean {
  return Object.entries(filter).every(([field, value]) => field === only || value === null);
}

/** Whether a row matches. */
export function matches(filter: SubscriberFilter, row: SubscriberEntity): boolean {
  return (
    (filter.statuses ?? NOT_ERASED).includes(row.status) &&
    (filter.addedBy === null || (row.addedById !== null && filter.addedBy.includes(row.addedById))) &&
    (filter.from === null || row.addedAt >= filter.from) &&
    (filter.before === null || row.addedAt < filter.before) &&
    (filter.text === null || hasText(row.searchText, filter.text)) &&
    (filter.tags === null || filter.tags.every((tag) => row.tags.includes(tag))) &&
    (filter.sources?.includes(row.source) ?? true) &&
    (filter.attributes === null || hasAttributes(row.attributes, filter.attributes))
  );
}

/** `matches` as SQL conditions on the alias `s`. */
export function whereMatches(query: SelectQueryBuilder<SubscriberEntity>, filter: SubscriberFilter): void {
  const { statuses, addedBy, from, before, text, tags, sources, attributes } = filter;
  // With `=` Postgres reads the subscribers of a status or user from an index in order. It does not with `ANY`.
  if (statuses?.length === 1) query.andWhere('s.status = :status', { status: statuses[0] });
  else if (statuses) query.andWhere('s.status = ANY(:statuses)', { statuses });
  else query.andWhere('s.erasedAt IS NULL');
  if (addedBy?.length === 1) query.andWhere('s.addedById = :addedBy', { addedBy: addedBy[0] });
  else if (addedBy) query.andWhere('s.addedById = ANY(:addedBy)', { addedBy });
  if (from) query.andWhere('s.addedAt >= :from', { from });
  if (before) query.andWhere('s.addedAt < :before', { before });
  if (text !== null) {
    whereText(query, 's.searchText', text);
    whereLocalPart(query, text);
  }
  if (tags && tags.length > 0) query.andWhere('s.tags @> :tags', { tags });
  if (sources) query.andWhere('s.source = ANY(:sources)', { sources });
  if (attributes) whereAttributes(query, attributes);
}

/**
 * The end of the local part that an address must have to contain this text; null if the text says nothing of it. A quoted
 * local part can contain an `@`.
 */
function localPartEnd(text: string): string | null {
  const [end, domain, ...more] = text.split('@');
  return end && domain !== undefined && more.length === 0 && !text.includes('"') ? end : null;
}

function hasText(searchText: string, text: string): boolean {
  const localPart = searchText.split('@', 1)[0]!;
  return searchText.includes(text) && localPart.endsWith(localPartEnd(text) ?? '');
}

/** Whether an index finds all subscribers with this text at once. */
export function isIndexed(text: string): boolean {
  return localPartEnd(text) !== null;
}

/** The condition of a text on a column with the searched text, without the one for the index of local parts. */
export function whereText(query: SelectQueryBuilder<ObjectLiteral>, column: string, text: string): void {
  query.andWhere(`${column} LIKE :pattern`, { pattern: likePattern(text) });
}

function whereLocalPart(query: SelectQueryBuilder<SubscriberEntity>, text: string): void {
  const end = localPartEnd(text);
  if (end === null) return;
  // The trigrams of a whole address are in millions of rows: an index on the reversed local part finds it at once.
  query.andWhere(`reverse(split_part(s.searchText, '@', 1)) LIKE :end`, {
    end: likePattern(Array.from(end).toReversed().join('')).slice(1),
  });
}

/** An attribute that is null in the filter must be absent. */
function hasAttributes(attributes: Attributes, wanted: Attributes): boolean {
  return Object.entries(wanted).every(([name, value]) =>
    isDeepStrictEqual(Object.hasOwn(attributes, name) ? attributes[name] : null, value),
  );
}

function whereAttributes(query: SelectQueryBuilder<SubscriberEntity>, wanted: Attributes): void {
  const present = Object.entries(wanted).filter(([, value]) => value !== null);
  // For the index: it knows containment only, which also accepts objects and arrays with more members.
  if (present.length > 0) {
    query.andWhere('s.attributes @> :contained', { contained: JSON.stringify(Object.fromEntries(present)) });
  }
  whereAttributesEqual(query, 's.attributes', wanted);
}

/** The conditions of attributes on a column, without the one for the index. */
export function whereAttributesEqual(
  query: SelectQueryBuilder<ObjectLiteral>,
  column: string,
  wanted: Attributes,
): void {
  Object.entries(wanted).forEach(([name, value], n) => {
    const attribute = `${column} -> :attribute${n}`;
    query.setParameters({ [`attribute${n}`]: name, [`value${n}`]: JSON.stringify(value) });
    query.andWhere(value === null ? `${attribute} IS NULL` : `${attribute} = :value${n}`);
  });
}

function checked<Value>(field: string, { value, fault }: Checked<Value>): Value {
  if (fault !== null) throw new InvalidFilter(`filter.${field}: ${fault}`);
  return value;
}

/** As JSON has it, so that -0 is 0. */
function withSortedNames(attributes: Attributes): Attributes {
  const entries = Object.entries(attributes).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.parse(JSON.stringify(Object.fromEntries(entries))) as Attributes;
}

function unique<T extends string>(values: readonly T[]): T[] {
  return [...new Set(values)].sort();
}
