import { DomainError } from '@kit/service';
import { foldCase, likePattern } from '@kit/database';
import { plainText } from '@kit/subgraph';

import type { SelectQueryBuilder } from 'typeorm';
import type { UserEntity } from '../accounts/user.entity.js';
import type { Role } from '../roles.js';

/** The longest address. Names are shorter. */
const LONGEST_QUERY = 254;
const QUERY = plainText(LONGEST_QUERY);

/** A filter as a client sends it. A field that is absent or null restricts nothing. */
export interface UserFilterFields {
  readonly query?: string | null;
  readonly role?: Role | null;
}

/** A valid filter. Null restricts nothing. */
export interface UserFilter {
  /** With the case folded, like `searchText`. */
  readonly text: string | null;
  readonly role: Role | null;
}

export class InvalidUserFilter extends DomainError {
  readonly code = 'BAD_USER_INPUT';
}

/** @throws InvalidUserFilter when the text query is too long or contains a control character */
export function parseUserFilter(fields: UserFilterFields | null | undefined): UserFilter {
  const { query, role } = fields ?? {};
  if (query && !QUERY.test(query)) {
    throw new InvalidUserFilter(
      `filter.query must have at most ${LONGEST_QUERY} characters and no control characters.`,
    );
  }
  return { text: query ? foldCase(query) : null, role: role ?? null };
}

/** Adds the filter as a condition on the alias `u`. */
export function whereUserMatches(query: SelectQueryBuilder<UserEntity>, { text, role }: UserFilter): void {
  if (text !== null) query.andWhere('u.searchText LIKE :pattern', { pattern: likePattern(text) });
  if (role !== null) query.andWhere(':role = ANY(u.roles)', { role });
}
