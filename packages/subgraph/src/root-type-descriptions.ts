import { Kind, OperationTypeNode, type GraphQLSchema } from 'graphql';

/** Every subgraph says the same, since the supergraph has one type of each name. */
const DESCRIPTIONS = {
  [OperationTypeNode.QUERY]: 'The fields that read data.',
  [OperationTypeNode.MUTATION]:
    'The fields that change data. A mutation reports expected failures, such as invalid input, in `userErrors`.',
  [OperationTypeNode.SUBSCRIPTION]: 'The fields that send events to the client as they happen.',
};

/** Describes the root types, which NestJS cannot: it has no decorator for them. Changes the schema and returns it. */
export function describeRootTypes(schema: GraphQLSchema): GraphQLSchema {
  for (const operation of Object.values(OperationTypeNode)) {
    const type = schema.getRootType(operation);
    if (!type) continue;
    const value = DESCRIPTIONS[operation];
    type.description = value;
    // `printSubgraphSchema` prints the syntax tree, and introspection the type.
    if (type.astNode) type.astNode = { ...type.astNode, description: { kind: Kind.STRING, value } };
  }
  return schema;
}
