import { openDatabase } from '@kit/database';
import {
  createLogger,
  createService,
  type ServiceDefinition,
  startService,
  SUBGRAPH_BODY_LIMIT,
} from '@kit/service';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Logger } from 'pino';
import { Registry } from 'prom-client';
import { DataSource } from 'typeorm';
import type { z } from 'zod';
import { placeholders, readSubgraphConfig, type SubgraphConfig } from './environment.js';
import { LiveEndpoint } from './live/live-endpoint.js';
import { printSchemaOf } from './print-schema.js';
import type { SubgraphDefinition } from './subgraph-definition.js';
import { SubgraphModule } from './subgraph.module.js';
import { rejectUntrustedCallers, tokenVerifier } from './trust.js';

/** A subgraph: its programs, and its parts for tests. */
export interface Subgraph<Shape extends z.ZodRawShape> {
  readonly name: string;
  /** Runs the subgraph until the process is told to stop. An error at start prints one message and sets exit code 1. */
  main(): Promise<void>;
  /** Prints the schema for composition. It needs no environment and no database. */
  printSchema(): Promise<void>;
  /** @throws ConfigurationError that names every bad or missing variable */
  readConfig(environment?: NodeJS.ProcessEnv): SubgraphConfig<Shape>;
  /** Creates the subgraph with an open database. It does not listen yet. */
  create(config: SubgraphConfig<Shape>, logger?: Logger): Promise<NestFastifyApplication>;
}

/** Defines a subgraph: a service with GraphQL that only the gateway may call, and a database. */
export function defineSubgraph<Shape extends z.ZodRawShape>(
  definition: SubgraphDefinition<Shape>,
): Subgraph<Shape> {
  const { name } = definition.database;
  const readConfig = (environment = process.env) => readSubgraphConfig(definition, environment);
  const service = (config: SubgraphConfig<Shape>, logger = createLogger(name, config.LOG_LEVEL)) =>
    serviceOf(definition, config, logger);

  return {
    name,
    main: () => startService(name, () => service(readConfig())),
    async printSchema() {
      const config = readConfig(placeholders(definition));
      const logger = createLogger(name, 'silent');
      console.log(await printSchemaOf(SubgraphModule.with(definition, config, logger, new Registry())));
    },
    readConfig,
    create: (config, logger) => createService(service(config, logger)),
  };
}

function serviceOf<Shape extends z.ZodRawShape>(
  definition: SubgraphDefinition<Shape>,
  config: SubgraphConfig<Shape>,
  logger: Logger,
): ServiceDefinition {
  const { database, polledPaths = [], gatewayPaths = [], start } = definition;
  const verify = tokenVerifier(database.name, config);
  const metrics = new Registry();
  return {
    module: SubgraphModule.with(definition, config, logger, metrics),
    config,
    logger,
    metrics,
    bodyLimit: SUBGRAPH_BODY_LIMIT,
    requestIds: 'trust',
    polledPaths,
    beforeRoutes: (fastify) =>
      rejectUntrustedCallers(fastify, verify, logger, [...polledPaths, ...gatewayPaths]),
    beforeListening: async (app) => {
      await openDatabase(app.get(DataSource), config.DATABASE_URL);
      await start?.(app, config);
      app.get(LiveEndpoint).attach(app.getHttpServer(), verify);
    },
  };
}
