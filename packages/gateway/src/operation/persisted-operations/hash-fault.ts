import { createHash } from 'node:crypto';
import type { GraphQLRequest } from '@apollo/server';
import { GraphQLError } from 'graphql';

/**
 * Checks `extensions.persistedQuery`. Apollo Server does not check the type of the hash: a list with one hash finds
 * the text and then throws. Its other errors have no code, as if they were internal errors.
 * @returns null when it is valid or absent
 */
export function hashFault({ query, extensions }: GraphQLRequest): GraphQLError | null {
  const persistedQuery = extensions?.['persistedQuery'] as
    { version?: unknown; sha256Hash?: unknown } | null | undefined;
  if (!persistedQuery) return null;
  const { version, sha256Hash } = persistedQuery;
  if (version !== 1) return badRequest('version must be 1');
  if (typeof sha256Hash !== 'string') return badRequest('sha256Hash must be a string');
  if (query && createHash('sha256').update(query).digest('hex') !== sha256Hash)
    return badRequest('sha256Hash is not the hash of the query');
  return null;
}

function badRequest(what: string): GraphQLError {
  return new GraphQLError(`extensions.persistedQuery.${what}.`, {
    extensions: { code: 'BAD_REQUEST', http: { status: 400 } },
  });
}
