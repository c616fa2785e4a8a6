import { createHash } from 'node:crypto';
import type { GraphQLRequest } from '@apollo/server';
import { LRUCache } from 'lru-cache';
import type { PreparedDocument } from './prepared-document.js';
import { retainedBytes } from './retained-bytes.js';

/** Estimated bytes that documents may retain once they were used twice. */
const MAX_BYTES = 64 * 1024 * 1024;
/** The same for documents that were used once. */
const MAX_PROBATION_BYTES = 8 * 1024 * 1024;
/** V8 hashes longer strings by their length alone, so many of one length would make each lookup slow. */
const MAX_KEY_LENGTH = 16_383;

/**
 * The documents of one schema that were served before, by their text. It is a segmented LRU cache: a document enters a
 * small segment at its first use and moves to the main one at its second. So documents that are never repeated replace
 * only each other, however many there are.
 */
export class PreparedDocuments {
  private readonly repeated: LRUCache<string, PreparedDocument>;
  private readonly once: LRUCache<string, PreparedDocument>;
  /** Those that a client has named by their hash. */
  private readonly byHash = new Map<string, PreparedDocument>();

  constructor(maxBytes = MAX_BYTES, maxProbationBytes = MAX_PROBATION_BYTES) {
    const segment = (maxSize: number) =>
      new LRUCache<string, PreparedDocument>({
        maxSize,
        sizeCalculation: ({ document }) => retainedBytes(document),
        dispose: ({ hash }, _key, reason) => void (reason === 'evict' && this.byHash.delete(hash)),
      });
    this.repeated = segment(maxBytes);
    this.once = segment(maxProbationBytes);
  }

  /** The number of documents. */
  get size(): number {
    return this.repeated.size + this.once.size;
  }

  /** Their estimated size in memory. */
  get bytes(): number {
    return this.repeated.calculatedSize + this.once.calculatedSize;
  }

  /**
   * Finds the document of a request. Of a persisted query, that is the document of its hash, if a client has used the
   * hash before and the text, if it is sent too, is that of the document.
   */
  find({ query, extensions }: GraphQLRequest): PreparedDocument | undefined {
    const persistedQuery = extensions?.['persistedQuery'] as
      { version?: unknown; sha256Hash?: unknown } | null | undefined;
    if (!persistedQuery) return query ? this.ofText(query) : undefined;
    if (persistedQuery.version !== 1) return undefined;
    const known = this.byHash.get(persistedQuery.sha256Hash as string);
    return known && (!query || query === known.source) ? this.ofText(known.source) : undefined;
  }

  ofText(text: string): PreparedDocument | undefined {
    const key = text.length > MAX_KEY_LENGTH ? sha256(text) : text;
    const repeated = this.repeated.get(key);
    const known = repeated ?? this.once.get(key);
    // A text may be the hash of a longer one.
    if (known?.source.length !== text.length) return undefined;
    if (!repeated) {
      this.once.delete(key);
      this.repeated.set(key, known);
    }
    return known;
  }

  /** @param wasNamedByHash whether the client has sent only the hash */
  add(added: PreparedDocument, wasNamedByHash: boolean): void {
    const { source, hash } = added;
    const key = source.length > MAX_KEY_LENGTH ? hash : source;
    const known = this.repeated.peek(key) ?? this.once.peek(key);
    if (!known) this.once.set(key, added);
    if (wasNamedByHash) this.byHash.set(hash, known ?? added);
  }
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
