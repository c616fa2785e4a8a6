import { appendFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { json } from 'node:stream/consumers';
import type { PerService } from '@supergraph/tools/services';
import { eachSubgraph, type PerSubgraph } from '@supergraph/tools/subgraphs';
import {
  type Environments,
  type ServiceName,
  type ServiceProcess,
  startSystem,
  type System,
} from '@supergraph/tools/system';
import { createTestDatabase } from '@supergraph/tools/test-postgres/database';
import { testPostgresFolder } from '@supergraph/tools/test-postgres/folder';

/** One process of a shared system. */
export interface SharedProcess {
  readonly name: string;
  readonly pid: number;
  /** The file that has the lines it has written. */
  readonly log: string;
}

/** A shared system as the test files of its worker see it. */
export interface SharedSystem extends Pick<
  System,
  'gatewayUrl' | 'subgraphUrls' | 'metricsUrls' | 'morePorts' | 'secrets' | 'namedValues'
> {
  readonly databaseUrls: PerSubgraph<string>;
  readonly processes: PerService<SharedProcess>;
}

/** A command of a test file about the system of its worker. */
export type Command =
  | { readonly do: 'describe' }
  | { readonly do: 'configure'; readonly env: Environments }
  | { readonly do: 'restart'; readonly name: ServiceName; readonly environment?: Record<string, string> }
  | { readonly do: 'stop'; readonly pid: number }
  | { readonly do: 'wait for exit'; readonly pid: number };

interface Kept {
  readonly system: System;
  readonly databaseUrls: PerSubgraph<string>;
}

/**
 * Keeps one running system for each Jest worker, so that test files do not start their own. It runs in Jest's main
 * process, which stops them when all workers have ended. It takes commands over HTTP on loopback.
 */
export class Keeper {
  private readonly systems = new Map<number, Promise<Kept>>();
  private readonly processes = new Map<number, ServiceProcess>();
  private readonly server: Server;

  constructor() {
    this.server = createServer((request, response) => {
      const worker = Number(request.url?.slice(1));
      json(request)
        .then((command) => this.run(worker, command as Command))
        .then(
          (result) => response.end(JSON.stringify(result ?? null)),
          (error: Error) => response.writeHead(500).end(error.message),
        );
    });
  }

  /** @returns its address */
  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Stops all systems. */
  async close(): Promise<void> {
    this.server.close();
    this.server.closeAllConnections();
    await Promise.all([...this.systems.values()].map(async (kept) => (await kept).system.stop()));
  }

  private async run(worker: number, command: Command): Promise<unknown> {
    if (command.do === 'stop') return this.processes.get(command.pid)?.stop();
    if (command.do === 'wait for exit') return this.processes.get(command.pid)?.exited;
    const env = command.do === 'configure' ? command.env : {};
    const kept = this.systems.get(worker) ?? this.start(worker, env);
    this.systems.set(worker, kept);
    const { system } = await kept;
    if (command.do === 'configure') await system.configure(command.env);
    if (command.do === 'restart') await system.restart(command.name, command.environment);
    return this.describe(await kept);
  }

  private async start(worker: number, env: Environments): Promise<Kept> {
    const databaseUrls = await eachSubgraph(async ({ name }) => (await createTestDatabase(name)).url);
    const onLine = (line: string, { pid }: ServiceProcess) => appendFileSync(this.log(pid), `${line}\n`);
    return { system: await startSystem({ databaseUrls, env, worker, onLine }), databaseUrls };
  }

  private describe({ system, databaseUrls }: Kept): SharedSystem {
    const shared = (process: ServiceProcess): SharedProcess => {
      this.processes.set(process.pid, process);
      // It may be ready before its first line has been read.
      appendFileSync(this.log(process.pid), '');
      return { name: process.name, pid: process.pid, log: this.log(process.pid) };
    };
    const { gatewayUrl, subgraphUrls, metricsUrls, morePorts, secrets, namedValues } = system;
    const { gateway, ...subgraphs } = system.processes;
    const processes = Object.entries(subgraphs).map(([name, process]) => [name, shared(process)] as const);
    return {
      gatewayUrl,
      subgraphUrls,
      metricsUrls,
      morePorts,
      secrets,
      namedValues,
      databaseUrls,
      processes: { gateway: shared(gateway), ...Object.fromEntries(processes) },
    };
  }

  private log(pid: number): string {
    return path.join(testPostgresFolder(), `${pid}.log`);
  }
}
