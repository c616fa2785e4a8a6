import { printSubgraphSchema } from '@apollo/subgraph';
import type { DynamicModule } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { GraphQLSchemaHost } from '@nestjs/graphql';
import { linksOf } from './kit-directives.js';

/** Prints the schema of a subgraph for composition. The modules are created, but nothing is opened. */
export async function printSchemaOf(module: DynamicModule): Promise<string> {
  const app = await NestFactory.createApplicationContext(module, { logger: ['error'], abortOnError: false });
  const { schema } = app.get(GraphQLSchemaHost);
  await app.close();
  return [printSubgraphSchema(schema), ...linksOf(schema)].join('\n\n');
}
