import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { freePort } from '@supergraph/tools/free-port';
import { repositoryRoot } from '@supergraph/tools/repository';
import { writeMonolithEnv } from '@supergraph/tools/start/monolith-env';
import type { System } from '@supergraph/tools/system';
import { eventually } from './eventually.js';

export interface MonolithResponse {
  readonly status: number;
  // A test looks into what it asked for.
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly body: any;
}

/** examples/monolith as a process. */
export class Monolith {
  private static readonly running = new Set<Monolith>();
  private readonly child: ChildProcess;
  private readonly closed: Promise<unknown>;
  private written = '';

  private constructor(
    program: string,
    args: readonly string[],
    private readonly environment: NodeJS.ProcessEnv,
  ) {
    this.child = spawn(program, args, {
      cwd: repositoryRoot,
      env: environment,
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    for (const stream of [this.child.stdout, this.child.stderr])
      stream?.on('data', (chunk) => (this.written += String(chunk)));
    Monolith.running.add(this);
    this.closed = once(this.child, 'close').then(() => Monolith.running.delete(this));
  }

  /** Ends those that a failed test has left, too: jest would wait for them. */
  static async stopAll(): Promise<void> {
    await Promise.all([...Monolith.running].map((monolith) => monolith.stop()));
  }

  /** Starts it against a system, with the file that `npm start` writes. Returns when it listens. */
  static async start(system: System, environment: Record<string, string> = {}): Promise<Monolith> {
    const folder = await mkdtemp(path.join(tmpdir(), 'monolith-'));
    const file = await writeMonolithEnv(folder, {
      tcpPort: system.tcpPort,
      tcpSecret: system.secrets.monolithTcpSecret,
      usersOrigin: new URL(system.usersUrl).origin,
    });
    const PORT = String(await freePort());
    try {
      return await Monolith.spawn({ PORT, ...environment }, [`--env-file=${file}`]).up();
    } finally {
      await rm(folder, { recursive: true });
    }
  }

  /** `npm run monolith`, as somebody types it beside `npm start`. Returns when it listens. */
  static async npmRun(dataDir: string): Promise<Monolith> {
    const PORT = String(await freePort());
    const environment = { ...process.env, PORT, DATA_DIR: dataDir };
    return new Monolith('npm', ['run', '--silent', 'monolith'], environment).up();
  }

  static spawn(environment: Record<string, string>, nodeFlags: readonly string[] = []): Monolith {
    const program = path.join(repositoryRoot, 'examples/monolith/dist/main.js');
    return new Monolith(process.execPath, [...nodeFlags, program], environment);
  }

  get output(): string {
    return this.written;
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

  /** The exit code, once it has ended by itself; null when a signal ended it. */
  async exited(): Promise<number | null> {
    await this.closed;
    return this.child.exitCode;
  }

  /** Signals the whole process group, as a terminal does. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    const { pid, exitCode, signalCode } = this.child;
    if (pid !== undefined && exitCode === null && signalCode === null) process.kill(-pid, signal);
    return this.exited();
  }

  private async up(): Promise<this> {
    await eventually(
      () => this.output,
      (output) => output.includes('listening on') || this.child.exitCode !== null,
      60_000,
    );
    if (this.child.exitCode === null) return this;
    await this.closed;
    throw new Error(`the monolith ended: ${this.output}`);
  }

  private async fetch(query: string, init: RequestInit): Promise<MonolithResponse> {
    const response = await fetch(`http://127.0.0.1:${this.environment['PORT']}/subscribers${query}`, init);
    return { status: response.status, body: await response.json() };
  }
}
