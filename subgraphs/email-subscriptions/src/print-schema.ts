import 'reflect-metadata';
import { printSubgraphSchema } from '@apollo/subgraph';
import { NestFactory } from '@nestjs/core';
import { GraphQLSchemaHost } from '@nestjs/graphql';
import { LIVE_LINK } from '@kit/auth';
import { createLogger } from '@kit/service';
import { AppModule } from './app.module.js';
import type { Settings } from './core.module.js';

/** Required but unused: the modules open no database and create no cursors. */
const placeholders: Settings = {
  DATABASE_URL: 'postgres://127.0.0.1/unused',
  DATABASE_POOL_SIZE: 1,
  CURSOR_SECRET: '',
  EVENT_LOG_RETENTION_HOURS: 1,
  TCP_PORT: undefined,
};

const app = await NestFactory.createApplicationContext(
  AppModule.with(placeholders, createLogger('email-subscriptions', 'silent')),
  { logger: ['error'], abortOnError: false },
);
console.log(`${printSubgraphSchema(app.get(GraphQLSchemaHost).schema)}\n\n${LIVE_LINK}`);
await app.close();
