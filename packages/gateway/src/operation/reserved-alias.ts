import { GraphQLError, visit, type DocumentNode } from 'graphql';

/**
 * Rejects aliases that begin with two underscores. GraphQL reserves these names (specification, section "Reserved
 * Names"), and gateways and clients read the type of an object from the key `__typename`.
 * @returns null for a document without such an alias
 */
export function reservedAlias(document: DocumentNode): GraphQLError | null {
  let error: GraphQLError | null = null;
  visit(document, {
    Field(node) {
      if (!node.alias?.value.startsWith('__')) return;
      error ??= new GraphQLError(
        `The alias "${node.alias.value}" is reserved. Use an alias that does not begin with two underscores.`,
        { nodes: node, extensions: { code: 'GRAPHQL_VALIDATION_FAILED', http: { status: 400 } } },
      );
    },
  });
  return error;
}
