import { parse, type DocumentNode, type GraphQLError } from 'graphql';

/**
 * Rejects documents before validation. An Apollo Server plugin sees a document before validation, but an error that
 * it throws there becomes a 500. So the plugin replaces the document by a harmless placeholder, and rejects that once
 * its operation is resolved. Apollo Server caches the placeholder for the text, so a repeated document is not parsed
 * again.
 */
export class RejectedDocuments {
  private readonly reasons = new WeakMap<DocumentNode, GraphQLError>();

  /** Returns a document to validate instead of the rejected one. */
  placeholderFor(reason: GraphQLError): DocumentNode {
    const placeholder = parse(PLACEHOLDER, { noLocation: true });
    this.reasons.set(placeholder, reason);
    return placeholder;
  }

  /** The reason for which a placeholder was made; undefined for any other document. */
  reason(document: DocumentNode): GraphQLError | undefined {
    return this.reasons.get(document);
  }
}

/** Valid in every schema. */
export const PLACEHOLDER = '{ __typename }';
