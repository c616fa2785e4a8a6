import { DomainError } from '@supergraph/service/domain-error';
import type { SelectQueryBuilder } from 'typeorm';
import { plainText } from '@supergraph/service/plain-text';
import { foldCase, likePattern } from '@supergraph/service/search-text';
import { parseId } from '../subscriber-id.js';
import type { SubscriberStatus } from '../subscriber-status.js';
import type { SubscriberEntity } from '../subscriber.entity.js';

/** No address is longer, and no name. */
const LONGEST_QUERY = 254;
const QUERY = plainText(LONGEST_QUERY);

/** A filter as a client sends it; what is absent or null restricts nothing. */
export interface FilterFields {
  readonly status?: readonly SubscriberStatus[] | null;
  readonly addedBy?: readonly string[] | null;
  readonly addedAt?: { readonly from?: Date | null; readonly before?: Date | null } | null;
  readonly query?: string | null;
}

/** A filter that makes sense, in one form whatever the order or spelling that it was sent in; null restricts nothing. */
export interface SubscriberFilter {
  readonly statuses: readonly SubscriberStatus[] | null;
  readonly addedBy: readonly string[] | null;
  readonly from: Date | null;
  readonly before: Date | null;
  /** Folded as `searchText` is. */
  readonly text: string | null;
}

export class InvalidFilter extends DomainError {
  readonly code = 'BAD_USER_INPUT';
}

/** @throws InvalidFilter when the text query is too long or holds what no name or address can */
export function parseFilter(fields: FilterFields | null | undefined): SubscriberFilter {
  const { status, addedBy, addedAt, query } = fields ?? {};
  if (query && !QUERY.test(query)) {
    throw new InvalidFilter(
      `filter.query must be at most ${LONGEST_QUERY} characters, none of them a control character.`,
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

/** Narrows a filter to what one user added. */
export function addedOnlyBy(userId: string, filter: SubscriberFilter): SubscriberFilter {
  const id = parseId(userId);
  const possible = id !== null && (filter.addedBy?.includes(id) ?? true);
  return { ...filter, addedBy: possible ? [id] : [] };
}

/** Whether one row passes. */
export function matches(filter: SubscriberFilter, row: SubscriberEntity): boolean {
  return (
    (filter.statuses?.includes(row.status) ?? true) &&
    (filter.addedBy === null || (row.addedById !== null && filter.addedBy.includes(row.addedById))) &&
    (filter.from === null || row.addedAt >= filter.from) &&
    (filter.before === null || row.addedAt < filter.before) &&
    (filter.text === null || row.searchText.includes(filter.text))
  );
}

/** The rows that pass, as a condition on the alias `s`: `matches`, said in SQL. */
export function whereMatches(query: SelectQueryBuilder<SubscriberEntity>, filter: SubscriberFilter): void {
  const { statuses, addedBy, from, before, text } = filter;
  if (statuses) query.andWhere('s.status = ANY(:statuses)', { statuses });
  // One user's subscribers come sorted from an index; Postgres knows that of `=`, and not of `ANY`.
  if (addedBy?.length === 1) query.andWhere('s.addedById = :addedBy', { addedBy: addedBy[0] });
  else if (addedBy) query.andWhere('s.addedById = ANY(:addedBy)', { addedBy });
  if (from) query.andWhere('s.addedAt >= :from', { from });
  if (before) query.andWhere('s.addedAt < :before', { before });
  if (text !== null) query.andWhere('s.searchText LIKE :pattern', { pattern: likePattern(text) });
}

function unique<T extends string>(values: readonly T[]): T[] {
  return [...new Set(values)].sort();
}
