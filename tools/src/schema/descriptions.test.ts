import { readFile } from 'node:fs/promises';
import { ROUTER_SUPPORTED_SUPERGRAPH_FEATURES, Supergraph } from '@apollo/federation-internals';
import { expect, test } from '@jest/globals';
import {
  isTypeDefinitionNode,
  Kind,
  parse,
  printSchema,
  visit,
  type ASTNode,
  type DirectiveDefinitionNode,
  type EnumValueDefinitionNode,
  type FieldDefinitionNode,
  type InputValueDefinitionNode,
  type TypeDefinitionNode,
} from 'graphql';

const SUPERGRAPH = new URL('../../../supergraph.graphql', import.meta.url);

type Definition =
  | TypeDefinitionNode
  | DirectiveDefinitionNode
  | FieldDefinitionNode
  | InputValueDefinitionNode
  | EnumValueDefinitionNode;

const PARTS: readonly string[] = [
  Kind.DIRECTIVE_DEFINITION,
  Kind.FIELD_DEFINITION,
  Kind.INPUT_VALUE_DEFINITION,
  Kind.ENUM_VALUE_DEFINITION,
];

test('every element of the API schema has a description', async () => {
  const supergraph = Supergraph.build(await readFile(SUPERGRAPH, 'utf8'), {
    supportedFeatures: ROUTER_SUPPORTED_SUPERGRAPH_FEATURES,
  });
  const sdl = printSchema(supergraph.apiSchema().toGraphQLJSSchema());
  expect(undescribed(sdl)).toEqual([]);
});

/** The names of all elements without a description, such as `Query.users.first` for an argument. */
function undescribed(sdl: string): string[] {
  const missing: string[] = [];
  const path: string[] = [];
  visit(parse(sdl), {
    enter(node) {
      if (!isDefinition(node)) return;
      path.push(node.name.value);
      if (!node.description?.value) missing.push(path.join('.'));
    },
    leave(node) {
      if (isDefinition(node)) path.pop();
    },
  });
  return missing;
}

function isDefinition(node: ASTNode): node is Definition {
  return isTypeDefinitionNode(node) || PARTS.includes(node.kind);
}
