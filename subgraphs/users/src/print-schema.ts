import 'reflect-metadata';
import { printSubgraphSchema } from '@apollo/subgraph';
import { NestFactory } from '@nestjs/core';
import { GraphQLSchemaHost } from '@nestjs/graphql';
import { createLogger } from '@supergraph/service/logger';
import { AppModule } from './app.module.js';
import type { Settings } from './core.module.js';

/** Nothing of this is used: wiring opens no database and makes no key. */
const placeholders: Settings = {
  DATABASE_URL: 'postgres://127.0.0.1/unused',
  DATABASE_POOL_SIZE: 1,
  SIGNING_KEY_SECRET: '',
  ACCESS_TOKEN_SECONDS: 600,
  DEFAULT_ROLE: 'READER',
};

const app = await NestFactory.createApplicationContext(
  AppModule.with(placeholders, createLogger('users', 'silent')),
  { logger: ['error'], abortOnError: false },
);
console.log(printSubgraphSchema(app.get(GraphQLSchemaHost).schema));
await app.close();
