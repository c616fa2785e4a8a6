import { GraphQLError, parse, print, type DocumentNode } from 'graphql';
import type { PersistedOperation } from './manifest.js';
import type { TextCache } from './text-cache.js';

/** Apollo Server asks for this and the hash, so that one cache can serve several purposes. */
const APOLLOS_PREFIX = 'apq:';

/** The documents of a manifest, and no others. */
export class Safelist {
  private readonly texts: ReadonlyMap<string, string>;
  private readonly documents: ReadonlySet<string>;

  constructor(operations: readonly PersistedOperation[]) {
    this.texts = new Map(operations.map(({ id, body }) => [id, body]));
    this.documents = new Set(operations.map(({ body }) => normalised(parse(body, { noLocation: true }))));
  }

  /** For Apollo Server's persisted queries: knows each listed text by its hash, and learns nothing. */
  readonly cache: TextCache = {
    get: async (key) => this.texts.get(key.slice(APOLLOS_PREFIX.length)),
    set: async () => {},
    delete: async () => {},
  };

  /** Why a document cannot pass; null when it is listed, in whatever layout and order of definitions. */
  refusal(document: DocumentNode): GraphQLError | null {
    if (this.documents.has(normalised(document))) return null;
    return new GraphQLError('Only persisted operations are executed here, and this is none of them.', {
      extensions: { code: 'FORBIDDEN', http: { status: 403 } },
    });
  }
}

/** Manifest generators sort definitions; clients send them in the order in which they were written. */
function normalised({ definitions }: DocumentNode): string {
  return definitions.map(print).sort().join('\n');
}
