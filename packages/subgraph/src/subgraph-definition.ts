import type { Database } from '@kit/database';
import type { Readiness } from '@kit/service';
import type { ModuleMetadata, Type } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { z } from 'zod';
import type { EnvironmentDefinition, SubgraphConfig } from './environment.js';

/** The parts of a subgraph that the kit does not have. */
export interface SubgraphDefinition<Shape extends z.ZodRawShape> extends EnvironmentDefinition<Shape> {
  /** Its name is the name of the subgraph in the supergraph, and the audience of its transaction tokens. */
  readonly database: Database;
  /**
   * The modules with its resolvers. They can inject `CONFIG`, `LOGGER`, `METRICS`, `CursorCodec`, and the `DataSource`
   * with its repositories, which is open when `start` is called.
   */
  readonly modules: (config: SubgraphConfig<Shape>) => NonNullable<ModuleMetadata['imports']>;
  /** Further paths that the gateway polls with a transaction token. Other callers are rejected. */
  readonly polledPaths?: readonly string[];
  /** Further routes that need a transaction token, such as `/files/:token`. Other callers are rejected. */
  readonly gatewayPaths?: readonly string[];
  /** Further checks and figures of `/health/ready`. `get` returns a provider of any module. */
  readonly health?: (
    get: <Provider>(type: Type<Provider>) => Provider,
    config: SubgraphConfig<Shape>,
  ) => Partial<Readiness>;
  /** Starts what works on its own. The database is open, and the service does not accept requests yet. */
  readonly start?: (app: NestFastifyApplication, config: SubgraphConfig<Shape>) => void | Promise<void>;
}
