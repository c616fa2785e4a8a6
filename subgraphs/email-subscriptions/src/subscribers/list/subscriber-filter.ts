import { DomainError } from '@kit/service';
import type { SelectQueryBuilder } from 'typeorm';
import { foldCase, likePattern } from '@kit/database';
import { plainText } from '@kit/subgraph';

import { parseId } from '../subscriber-id.js';
import type { SubscriberStatus } from '../subscriber-status.js';
import type { SubscriberEntity } from '../subscriber.entity.js';

/** The maximum length of an address; names are shorter. */
const LONGEST_QUERY = 254;
const QUERY = plainText(LONGEST_QUERY);

/** The unchecked input of a filter. A field that is absent or null matches all subscribers. */
export interface FilterFields {
  readonly status?: readonly SubscriberStatus[] | null;
  readonly addedBy?: readonly string[] | null;
  readonly addedAt?: { readonly from?: Date | null; readonly before?: Date | null } | null;
  readonly query?: string | null;
}

/** A checked filter. Equal filters have the same form, whatever their order and spelling; null matches all subscribers. */
export interface SubscriberFilter {
  readonly statuses: readonly SubscriberStatus[] | null;
  readonly addedBy: readonly string[] | null;
  readonly from: Date | null;
  readonly before: Date | null;
  /** Case-folded, like `searchText`. */
  readonly text: string | null;
}

export class InvalidFilter extends DomainError {
  readonly code = 'BAD_USER_INPUT';
}

/** @throws InvalidFilter if the text query is too long or has control characters */
export function parseFilter(fields: FilterFields | null | undefined): SubscriberFilter {
  const { status, addedBy, addedAt, query } = fields ?? {};
  if (query && !QUERY.test(query)) {
    throw new InvalidFilter(
      `filter.query must have at most ${LONGEST_QUERY} characters and no control characters.`,
    );
  }
  return {
    statuses: status ? unique(status) : null,
    addedBy: addedBy ? unique(addedBy.map(parseId).filter((id) => id !== null)) : null,
    from: addedAt?.from ?? null,
    before: addedAt?.before ?? null,
    text: query ? foldCase(query) : null,
  };
}

/** Restricts a filter to the subscribers that one user added. */
export function addedOnlyBy(userId: string, filter: SubscriberFilter): SubscriberFilter {
  const id = parseId(userId);
  const canMatch = id !== null && (filter.addedBy?.includes(id) ?? true);
  return { ...filter, addedBy: canMatch ? [id] : [] };
}

/** Whether a row matches. */
export function matches(filter: SubscriberFilter, row: SubscriberEntity): boolean {
  return (
    (filter.statuses?.includes(row.status) ?? true) &&
    (filter.addedBy === null || (row.addedById !== null && filter.addedBy.includes(row.addedById))) &&
    (filter.from === null || row.addedAt >= filter.from) &&
    (filter.before === null || row.addedAt < filter.before) &&
    (filter.text === null || row.searchText.includes(filter.text))
  );
}

/** `matches` as SQL conditions on the alias `s`. */
export function whereMatches(query: SelectQueryBuilder<SubscriberEntity>, filter: SubscriberFilter): void {
  const { statuses, addedBy, from, before, text } = filter;
  if (statuses) query.andWhere('s.status = ANY(:statuses)', { statuses });
  // With `=` Postgres reads the subscribers of a user from an index in order, which it does not do with `ANY`.
  if (addedBy?.length === 1) query.andWhere('s.addedById = :addedBy', { addedBy: addedBy[0] });
  else if (addedBy) query.andWhere('s.addedById = ANY(:addedBy)', { addedBy });
  if (from) query.andWhere('s.addedAt >= :from', { from });
  if (before) query.andWhere('s.addedAt < :before', { before });
  if (text !== null) query.andWhere('s.searchText LIKE :pattern', { pattern: likePattern(text) });
}

function unique<T extends string>(values: readonly T[]): T[] {
  return [...new Set(values)].sort();
}
