import type { GraphQLRequest } from '@apollo/server';
import { GraphQLError } from 'graphql';

/**
 * Why a request cannot name its document by a hash; null when it can, or does not. Apollo Server takes what stands
 * there as it is: a list of one hash finds the text of that hash, and then breaks what hashes are made of.
 */
export function hashFault({ extensions }: GraphQLRequest): GraphQLError | null {
  const persistedQuery = extensions?.['persistedQuery'] as { sha256Hash?: unknown } | null | undefined;
  if (!persistedQuery || typeof persistedQuery.sha256Hash === 'string') return null;
  return new GraphQLError('extensions.persistedQuery.sha256Hash must be a string.', {
    extensions: { code: 'BAD_REQUEST', http: { status: 400 } },
  });
}
