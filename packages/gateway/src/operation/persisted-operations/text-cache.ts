import type { ApolloServerOptionsWithGateway } from '@apollo/server';
import { LRUCache } from 'lru-cache';
import type { RequestContext } from '../../request/request-context.js';

type PersistedQueries = Exclude<
  ApolloServerOptionsWithGateway<RequestContext>['persistedQueries'],
  false | undefined
>;

/** Apollo Server's cache of document texts by hash. */
export type TextCache = NonNullable<PersistedQueries['cache']>;

/** Maximum size of all texts together, in UTF-16 code units. */
const MOST = 4 * 1024 * 1024;

/** Cache of automatic persisted queries. A client sends the text again when its entry was evicted. */
export function registeredTexts(): TextCache {
  const texts = new LRUCache<string, string>({
    maxSize: MOST,
    sizeCalculation: ({ length }) => length + 100,
  });
  return {
    get: async (hash) => texts.get(hash),
    set: async (hash, text) => void texts.set(hash, text),
    delete: async (hash) => texts.delete(hash),
  };
}
