import { GraphQLError, parse, print, type DocumentNode } from 'graphql';
import type { PersistedOperation } from './manifest.js';
import type { TextCache } from './text-cache.js';

/** Apollo Server prefixes hashes with this in its cache keys. */
const APOLLOS_PREFIX = 'apq:';

/** Allows only the documents of a manifest. */
export class Safelist {
  private readonly texts: ReadonlyMap<string, string>;
  private readonly documents: ReadonlySet<string>;

  constructor(operations: readonly PersistedOperation[]) {
    this.texts = new Map(operations.map(({ id, body }) => [id, body]));
    this.documents = new Set(operations.map(({ body }) => normalised(parse(body, { noLocation: true }))));
  }

  /** A read-only cache for Apollo Server's persisted queries: the listed texts by their hashes. */
  readonly cache: TextCache = {
    get: async (key) => this.texts.get(key.slice(APOLLOS_PREFIX.length)),
    set: async () => {},
    delete: async () => {},
  };

  /** Returns the error for a document that is not listed; null when it is, in any layout and order of definitions. */
  rejection(document: DocumentNode): GraphQLError | null {
    if (this.documents.has(normalised(document))) return null;
    return new GraphQLError(
      'This server executes only persisted operations. Add this operation to its manifest.',
      {
        extensions: { code: 'FORBIDDEN', http: { status: 403 } },
      },
    );
  }
}

/** Manifest generators sort definitions; clients send them in the order in which they were written. */
function normalised({ definitions }: DocumentNode): string {
  return definitions.map(print).sort().join('\n');
}
