import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { freePort } from '@supergraph/tools/free-port';
import { writeExampleEnvs } from '@supergraph/tools/start/example-env';
import type { System } from '@supergraph/tools/system';
import type { Data } from './http.js';
import { Program } from './program.js';

export interface MonolithResponse {
  readonly status: number;
  readonly body: Data;
}

const MAIN = 'examples/monolith/dist/main.js';

/** examples/monolith as a process. */
export class Monolith extends Program {
  private static readonly all = new Set<Monolith>();

  private constructor(
    command: readonly string[],
    private readonly environment: NodeJS.ProcessEnv,
  ) {
    super(command, environment);
    Monolith.all.add(this);
  }

  /** Stops all, also after a failed test. */
  static async stopAll(): Promise<void> {
    await Promise.all([...Monolith.all].map((monolith) => monolith.stop()));
    Monolith.all.clear();
  }

  /** Starts it for a system, with the file that `npm start` writes; returns when it listens. */
  static async start(system: System, environment: Record<string, string> = {}): Promise<Monolith> {
    const folder = await mkdtemp(path.join(tmpdir(), 'monolith-'));
    try {
      await writeExampleEnvs(folder, system.namedValues);
      const file = path.join(folder, 'monolith.env');
      const PORT = String(await freePort());
      return await Monolith.spawn({ PORT, ...environment }, [`--env-file=${file}`]).listening();
    } finally {
      await rm(folder, { recursive: true });
    }
  }

  /** Runs `npm run monolith`; returns when it listens. */
  static async npmRun(dataDir: string): Promise<Monolith> {
    const PORT = String(await freePort());
    const environment = { ...process.env, PORT, DATA_DIR: dataDir };
    return new Monolith(['npm', 'run', '--silent', 'monolith'], environment).listening();
  }

  static spawn(environment: Record<string, string>, nodeFlags: readonly string[] = []): Monolith {
    return new Monolith([process.execPath, ...nodeFlags, MAIN], environment);
  }

  async get(query: string, token: string): Promise<MonolithResponse> {
    return this.fetch(query, { headers: { authorization: `Bearer ${token}` } });
  }

  async post(
    input: unknown,
    { token, query = '', key }: { token?: string | undefined; query?: string; key?: string } = {},
  ): Promise<MonolithResponse> {
    return this.fetch(query, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...(key !== undefined && { 'idempotency-key': key }),
      },
      body: JSON.stringify(input),
    });
  }

  private listening(): Promise<this> {
    return this.waitForOutput('listening on');
  }

  private async fetch(query: string, init: RequestInit): Promise<MonolithResponse> {
    const response = await fetch(`http://127.0.0.1:${this.environment['PORT']}/subscribers${query}`, init);
    return { status: response.status, body: await response.json() };
  }
}
