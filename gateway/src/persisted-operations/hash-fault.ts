import { createHash } from 'node:crypto';
import type { GraphQLRequest } from '@apollo/server';
import { GraphQLError } from 'graphql';

/**
 * Why a request cannot name its document by a hash; null when it can, or does not. Apollo Server takes what stands
 * there as it is: a list of one hash finds the text of that hash, and then breaks what hashes are made of. What else
 * it refuses, it gives no code, as if it were a fault of ours.
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
