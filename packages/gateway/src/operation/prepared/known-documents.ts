import type { GraphQLRequest } from '@apollo/server';
import type { DocumentNode, GraphQLError, GraphQLSchema } from 'graphql';
import { LRUCache } from 'lru-cache';
import { CostModel } from '../limits/cost-model.js';
import type { PreparedDocument } from './prepared-document.js';
import { PreparedDocuments } from './prepared-documents.js';
import { documentBytes } from './retained-bytes.js';

/** Estimated bytes that rejected documents may retain. */
const MAX_REJECTED_BYTES = 4 * 1024 * 1024;
/** Estimated bytes of an error without the document. */
const ERROR_BYTES = 2 * 1024;

/** The documents that the gateway knows in one version of the supergraph. */
export class KnownDocuments {
  readonly costModel: CostModel;
  readonly prepared = new PreparedDocuments();
  private readonly rejected = new LRUCache<string, GraphQLError>({ maxSize: MAX_REJECTED_BYTES });

  constructor(supergraphSdl: string) {
    this.costModel = new CostModel(supergraphSdl);
  }

  /** Why the document of this hash is rejected; undefined when it is not known to be. */
  rejectionOf(hash: string): GraphQLError | undefined {
    return this.rejected.get(hash);
  }

  reject(hash: string, document: DocumentNode, reason: GraphQLError): void {
    // Errors with nodes retain the document.
    const size = ERROR_BYTES + (reason.nodes ? documentBytes(document) : 0);
    this.rejected.set(hash, reason, { size });
  }
}

/** The known documents of each version of the supergraph. Those of a replaced version go with its schema. */
export class DocumentRegistry {
  private readonly bySchema = new WeakMap<GraphQLSchema, KnownDocuments>();
  private current: KnownDocuments | undefined;
  /** Requests that found their document among those of the version in use, and requests that did not. */
  readonly lookups = { hits: 0, misses: 0 };

  load(schema: GraphQLSchema, supergraphSdl: string): void {
    this.current = new KnownDocuments(supergraphSdl);
    this.bySchema.set(schema, this.current);
  }

  /** The prepared documents of the version in use: their number, and their estimated size in memory. */
  get figures(): { readonly size: number; readonly bytes: number } {
    return this.current?.prepared ?? { size: 0, bytes: 0 };
  }

  /** Finds the document of a request in the version in use. */
  find(request: GraphQLRequest): PreparedDocument | undefined {
    const found = this.current?.prepared.find(request);
    this.lookups[found ? 'hits' : 'misses'] += 1;
    return found;
  }

  of(schema: GraphQLSchema): KnownDocuments {
    const known = this.bySchema.get(schema);
    if (!known) throw new Error('the schema of this request is unknown');
    return known;
  }
}
