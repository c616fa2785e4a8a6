import type { DocumentNode, GraphQLSchema } from 'graphql';

/**
 * A document that is valid in a schema, within the limits for any variables, and on the safelist if there is one. What
 * else is derived from it (authorization, plans, programs) is kept by its operation nodes, so it lives as long as this.
 */
export interface PreparedDocument {
  readonly schema: GraphQLSchema;
  readonly source: string;
  /** SHA-256 of the source, in hexadecimal. */
  readonly hash: string;
  readonly document: DocumentNode;
}
