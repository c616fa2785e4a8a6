import { Inject, Module, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { LOGGER, METRICS } from '@kit/service';
import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import { OperationModule } from '../operation/operation.module.js';
import { OperationRules } from '../operation/operation-rules.js';
import { Subgraphs } from '../subgraphs/subgraphs.js';
import { SubgraphsModule } from '../subgraphs/subgraphs.module.js';
import { addDocumentMetrics } from '../telemetry/document-metrics.js';
import { OperationPipeline } from './operation-pipeline.js';
import { SupergraphGateway } from './supergraph-gateway.js';
import { SupergraphWatch } from './supergraph-watch.js';

export const SCHEMA_SETTINGS = Symbol('schema settings');

export interface SchemaSettings {
  /** The path of the supergraph. */
  readonly file: string;
  /** The content of the file at the start. */
  readonly supergraphSdl: string;
  /** How often the file is checked for changes, in milliseconds. */
  readonly pollMs: number;
}

/** The supergraph in use, and the pipeline that runs operations against it. */
@Module({
  imports: [OperationModule, SubgraphsModule],
  providers: [
    {
      provide: SupergraphGateway,
      inject: [SCHEMA_SETTINGS, Subgraphs, LOGGER],
      useFactory: ({ supergraphSdl }: SchemaSettings, subgraphs: Subgraphs, logger: Logger) =>
        new SupergraphGateway({
          supergraphSdl,
          dataSourceOf: (name, composedUrl) => subgraphs.connect(name, composedUrl).dataSource,
          onActivated: () => subgraphs.useCandidates(),
          onRejected: () => subgraphs.discardCandidates(),
          logger,
        }),
    },
    {
      provide: OperationPipeline,
      inject: [SupergraphGateway, OperationRules, LOGGER],
      useFactory: (gateway: SupergraphGateway, rules: OperationRules, logger: Logger) =>
        new OperationPipeline(gateway, rules, logger),
    },
    {
      provide: SupergraphWatch,
      inject: [SCHEMA_SETTINGS, SupergraphGateway, LOGGER],
      useFactory: (
        { file, pollMs, supergraphSdl }: SchemaSettings,
        gateway: SupergraphGateway,
        logger: Logger,
      ) =>
        new SupergraphWatch({
          file,
          pollMs,
          serving: supergraphSdl,
          load: (sdl) => gateway.reload(sdl),
          logger,
        }),
    },
  ],
  exports: [SupergraphGateway, OperationPipeline],
})
export class SchemaModule implements OnApplicationBootstrap, OnApplicationShutdown {
  constructor(
    @Inject(SupergraphWatch) private readonly watch: SupergraphWatch,
    @Inject(OperationPipeline) { registry }: OperationPipeline,
    @Inject(METRICS) metrics: Registry,
  ) {
    addDocumentMetrics(metrics, registry);
  }

  /** NestJS calls this when the first supergraph is loaded. */
  onApplicationBootstrap(): void {
    this.watch.start();
  }

  onApplicationShutdown(): void {
    this.watch.stop();
  }
}
