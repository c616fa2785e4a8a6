import 'reflect-metadata';
import { printSubgraphSchema } from '@apollo/subgraph';
import { NestFactory } from '@nestjs/core';
import { GraphQLSchemaHost } from '@nestjs/graphql';
import { createLogger } from '@kit/service';
import { AppModule } from './app.module.js';
import { readConfig } from './config.js';

/** Required but unused: creating the module does not connect to the database or load keys. */
const placeholders = readConfig({
  DATABASE_URL: 'postgres://127.0.0.1/unused',
  TXN_TOKEN_SECRET: 'unused'.padEnd(32),
  SIGNING_KEY_SECRET: 'unused'.padEnd(32),
});

const app = await NestFactory.createApplicationContext(
  AppModule.with(placeholders, createLogger('users', 'silent')),
  { logger: ['error'], abortOnError: false },
);
console.log(printSubgraphSchema(app.get(GraphQLSchemaHost).schema));
await app.close();
