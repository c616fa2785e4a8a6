import { searchText } from '@kit/database';
import type { EntityManager } from 'typeorm';
import { MOST_TAGS } from '../../details.js';
import type { SubscriberStatus } from '../../subscriber-status.js';
import { firstRowsOf } from './file-addresses.js';

const MOST_ATTRIBUTE_BYTES = 16_384;

/** The statuses that a row can restrict a subscriber to, by how much they restrict. */
const RANKS: Readonly<Partial<Record<SubscriberStatus, number>>> = {
  BOUNCED: 1,
  UNSUBSCRIBED: 2,
  COMPLAINED: 3,
};

/** A row whose address is on the list, and what it would change. */
export interface ExistingRow {
  readonly line: number;
  /** The subscriber. */
  readonly id: string;
  readonly before: SubscriberStatus;
  readonly status: SubscriberStatus;
  readonly email: string;
  readonly emailNormalized: string;
  readonly name: string | null;
  readonly hasName: boolean;
  readonly hasTags: boolean;
  readonly hasAttributes: boolean;
  readonly tooManyTags: boolean;
  readonly attributesTooLarge: boolean;
}

export type Verdict = 'updated' | 'unchanged' | 'suppressed' | 'rejected';

/**
 * Compares the rows of a batch with the subscribers that have their addresses.
 * @param lock whether to lock these subscribers until the transaction ends
 */
export function existingRows(
  manager: EntityManager,
  importId: string,
  { lock }: { readonly lock: boolean },
): Promise<ExistingRow[]> {
  return manager.query<ExistingRow[]>(
    `SELECT s.line, e.id, e.status AS before, s.status, e.email,
            e.email_normalized AS "emailNormalized", s.name,
            s.name IS NOT NULL AND s.name IS DISTINCT FROM e.name AS "hasName",
            NOT s.tags <@ e.tags AS "hasTags",
            NOT e.attributes @> s.attributes OR e.attributes || s.attributes <> e.attributes AS "hasAttributes",
            (SELECT count(DISTINCT tag) FROM unnest(e.tags || s.tags) AS tag) > ${MOST_TAGS} AS "tooManyTags",
            octet_length((e.attributes || s.attributes)::text) > ${MOST_ATTRIBUTE_BYTES} AND s.attributes <> '{}'
              AS "attributesTooLarge"
       FROM ${firstRowsOf(importId)} AS s JOIN subscribers AS e
         ON e.email_normalized = s.email_normalized AND e.id <> s.id
      WHERE s.email IS NOT NULL
      ORDER BY e.id
      ${lock ? 'FOR UPDATE OF e' : ''}`,
  );
}

/** Whether the row makes the subscriber get less mail than before. */
export function restricts({ before, status }: ExistingRow): boolean {
  return (RANKS[status] ?? 0) > (RANKS[before] ?? 0);
}

/** Whether the row changes name, tags or attributes. Those of people who do not want mail stay as they are. */
export function edits({ before, hasName, hasTags, hasAttributes }: ExistingRow): boolean {
  return !isOptedOut(before) && (hasName || hasTags || hasAttributes);
}

export function verdictOf(row: ExistingRow): Verdict {
  if (isOptedOut(row.before)) return restricts(row) ? 'updated' : 'suppressed';
  if ((row.hasTags && row.tooManyTags) || (row.hasAttributes && row.attributesTooLarge)) return 'rejected';
  return edits(row) || restricts(row) ? 'updated' : 'unchanged';
}

export function searchTextAfter({ email, name }: ExistingRow): string {
  return searchText(email, name);
}

function isOptedOut(status: SubscriberStatus): boolean {
  return status === 'UNSUBSCRIBED' || status === 'COMPLAINED';
}
