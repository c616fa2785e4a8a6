import { parse, type DocumentNode, type GraphQLError } from 'graphql';

/**
 * A plugin of Apollo Server can look at a document before it is validated, but refuse it only when its operation is
 * resolved; what it throws before that is a 500. So a document that must not reach validation is swapped for a
 * harmless one, which is refused then. Apollo Server keeps that in the place of the document: the second time, there
 * is nothing to parse or to measure any more.
 */
export class RefusedDocuments {
  private readonly reasons = new WeakMap<DocumentNode, GraphQLError>();

  /** What to validate instead of a document that is refused for this reason. */
  standIn(reason: GraphQLError): DocumentNode {
    const harmless = parse(HARMLESS, { noLocation: true });
    this.reasons.set(harmless, reason);
    return harmless;
  }

  /** Why a document cannot be executed; undefined for one that may. */
  reason(document: DocumentNode): GraphQLError | undefined {
    return this.reasons.get(document);
  }
}

/** Valid in every schema. */
export const HARMLESS = '{ __typename }';
