import type { ApolloServerOptionsWithGateway } from '@apollo/server';
import { LRUCache } from 'lru-cache';
import type { RequestContext } from '../request-context.js';

type PersistedQueries = Exclude<
  ApolloServerOptionsWithGateway<RequestContext>['persistedQueries'],
  false | undefined
>;

/** Where Apollo Server keeps texts by their hashes. */
export type TextCache = NonNullable<PersistedQueries['cache']>;

/** UTF-16 code units of all texts together. */
const MOST = 4 * 1024 * 1024;

/** What clients have registered as automatic persisted queries. Whoever is forgotten sends the text again. */
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
