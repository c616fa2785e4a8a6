import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { buildASTSchema, getNamedType, isEnumType, isInputObjectType, isObjectType, parse } from 'graphql';
import type { GraphQLNamedType, GraphQLSchema } from 'graphql';
import { ERROR_CODES } from '@kit/service';
import { allSubgraphs } from '../subgraphs.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const SUBGRAPHS = allSubgraphs().map(({ folder }) => path.relative(root, folder));
const LIBRARIES = readdirSync(path.join(root, 'packages')).map((name) => `packages/${name}`);

/** The code that runs in production, without the file that declares the error codes. */
function sourceOf(folder: string): string {
  const source = path.join(root, folder, 'src');
  return readdirSync(source, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !/\.test\.ts$|testing\/|domain-error\.ts$/.test(file))
    .map((file) => readFileSync(path.join(source, file), 'utf8'))
    .join('\n');
}

const schemaOf = (subgraph: string) => {
  const sdl = readFileSync(path.join(root, subgraph, 'schema.graphql'), 'utf8');
  return buildASTSchema(parse(sdl), { assumeValidSDL: true });
};

/** The enums of mutations' arguments: their values come from clients. */
function takenByMutations(schema: GraphQLSchema): Set<string> {
  const taken = new Set<string>();
  const take = (type: GraphQLNamedType) => {
    if (taken.has(type.name)) return;
    taken.add(type.name);
    if (!isInputObjectType(type)) return;
    for (const field of Object.values(type.getFields())) take(getNamedType(field.type));
  };
  for (const field of Object.values(schema.getMutationType()?.getFields() ?? {})) {
    for (const argument of field.args) take(getNamedType(argument.type));
  }
  return taken;
}

/** All values that the code gives a field: `status: 'ACTIVE'`. */
function valuesToProduce(schema: GraphQLSchema): string[] {
  const fromClients = takenByMutations(schema);
  const values = Object.values(schema.getTypeMap()).flatMap((type) => {
    if (!isObjectType(type) || type.name.startsWith('__')) return [];
    return Object.values(type.getFields()).flatMap((field) => {
      const fieldType = getNamedType(field.type);
      if (!isEnumType(fieldType) || fromClients.has(fieldType.name)) return [];
      return fieldType.getValues().map(({ name }) => `${field.name}: '${name}'`);
    });
  });
  return [...new Set(values)];
}

describe.each(SUBGRAPHS)('the schema of %s', (subgraph) => {
  test('has only enum values that the code produces', () => {
    const source = sourceOf(subgraph);
    expect(valuesToProduce(schemaOf(subgraph)).filter((value) => !source.includes(value))).toEqual([]);
  });
});

test('some schemas have such values', () => {
  expect(SUBGRAPHS.map(schemaOf).flatMap(valuesToProduce)).not.toEqual([]);
});

test('each error code is produced', () => {
  const source = ['gateway', ...LIBRARIES, ...SUBGRAPHS].map(sourceOf).join('\n');
  expect(ERROR_CODES.filter((code) => !source.includes(`'${code}'`))).toEqual([]);
});
