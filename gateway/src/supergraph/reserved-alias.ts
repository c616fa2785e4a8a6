import { GraphQLError, visit, type DocumentNode } from 'graphql';

/**
 * Rejects a document with an alias that begins with two underscores: GraphQL reserves those names (specification,
 * section "Reserved Names"), and gateways and clients alike read the type of an object from the key `__typename`.
 * @returns null for a document without one
 */
export function reservedAlias(document: DocumentNode): GraphQLError | null {
  let refusal: GraphQLError | null = null;
  visit(document, {
    Field(node) {
      if (!node.alias?.value.startsWith('__')) return;
      refusal ??= new GraphQLError(
        `The alias "${node.alias.value}" is reserved. Use an alias that does not begin with two underscores.`,
        { nodes: node, extensions: { code: 'GRAPHQL_VALIDATION_FAILED', http: { status: 400 } } },
      );
    },
  });
  return refusal;
}
