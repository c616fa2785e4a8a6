import { LRUCache } from 'lru-cache';
import Negotiator from 'negotiator';

/** The types of a JSON response, in the order of Apollo Server, which has another for its own protocol of callbacks. */
const TYPES = [
  'application/json; charset=utf-8',
  'application/graphql-response+json; charset=utf-8',
  'application/json; callbackSpec=1.0; charset=utf-8',
];
const [DEFAULT] = TYPES as [string];

/** Clients send few different headers. */
const known = new LRUCache<string, { readonly type: string | null }>({ max: 100 });

/**
 * Chooses the content type of a JSON response, with the library and the list of Apollo Server.
 * @returns null when the client accepts none of them
 */
export function jsonTypeFor(accept: string | undefined): string | null {
  if (!accept) return DEFAULT;
  let chosen = known.get(accept);
  if (!chosen) {
    chosen = { type: new Negotiator({ headers: { accept } }).mediaType(TYPES) ?? null };
    known.set(accept, chosen);
  }
  return chosen.type;
}
