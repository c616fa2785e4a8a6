import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createService } from '@kit/service';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { pino } from 'pino';
import { OperationPipeline } from '../../schema/operation-pipeline.js';
import { createGateway } from '../create-gateway.js';
import type { GatewayOptions } from '../gateway-options.js';

interface Response {
  readonly status: number;
  readonly body: { readonly data?: unknown; readonly errors?: readonly { extensions: { code: string } }[] };
}

/** A gateway over a supergraph, which listens. */
export class ServedGateway {
  private constructor(
    private readonly app: NestFastifyApplication,
    private readonly folder: string,
    readonly url: string,
  ) {}

  static async start(
    supergraphSdl: string,
    options: Omit<GatewayOptions, 'supergraph'> = {},
  ): Promise<ServedGateway> {
    const folder = await mkdtemp(path.join(tmpdir(), 'gateway-'));
    const file = path.join(folder, 'supergraph.graphql');
    await writeFile(file, supergraphSdl);
    const logger = pino({ level: 'silent' });
    const app = await createService(createGateway({ logger, ...options, supergraph: { file, pollMs: 50 } }));
    await app.listen(0, '127.0.0.1');
    return new ServedGateway(app, folder, await app.getUrl());
  }

  /** Writes another supergraph to the file that the gateway watches. */
  async replaceSupergraph(supergraphSdl: string): Promise<void> {
    await writeFile(path.join(this.folder, 'supergraph.graphql'), supergraphSdl);
  }

  /** Limits the time for a whole request. The gateway checks the limit every five seconds. */
  limitRequests(ms: number): void {
    Object.assign(this.app.getHttpServer(), { headersTimeout: ms, requestTimeout: ms });
  }

  /** Requests so far that found their document prepared. */
  get preparedHits(): number {
    return this.app.get(OperationPipeline, { strict: false }).registry.lookups.hits;
  }

  async ask(query: string, headers: Record<string, string> = {}): Promise<Response> {
    const response = await fetch(`${this.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ query }),
    });
    return { status: response.status, body: (await response.json()) as Response['body'] };
  }

  /** The state of each part that the gateway needs, by its name. */
  async checks(): Promise<Record<string, string>> {
    const response = await fetch(`${this.url}/health/ready`);
    return ((await response.json()) as { checks: Record<string, string> }).checks;
  }

  async stop(): Promise<void> {
    await this.app.close();
    await rm(this.folder, { recursive: true });
  }
}
