import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { freePort } from '@supergraph/tools/free-port';
import { repositoryRoot } from '@supergraph/tools/repository';
import { eventually } from './eventually.js';

/** A place of its own for a run of `npm start`: ports and a data folder. */
export type Place = Record<
  'GATEWAY_PORT' | 'USERS_PORT' | 'EMAIL_SUBSCRIPTIONS_PORT' | 'TCP_PORT' | 'POSTGRES_PORT' | 'DATA_DIR',
  string
>;

export async function freePlace(dataDir: string): Promise<Place> {
  const port = async () => String(await freePort());
  return {
    GATEWAY_PORT: await port(),
    USERS_PORT: await port(),
    EMAIL_SUBSCRIPTIONS_PORT: await port(),
    TCP_PORT: await port(),
    POSTGRES_PORT: await port(),
    DATA_DIR: dataDir,
  };
}

/** `npm run …`, as somebody types it in another terminal, to its end. */
export async function npmRun(script: string, place: Place): Promise<{ code: number | null; output: string }> {
  const child = spawn('npm', ['run', '--silent', script], {
    cwd: repositoryRoot,
    env: { ...process.env, NODE_ENV: 'development', ...place },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += String(chunk)));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, output };
}

/** `npm start`, as somebody types it, in a process group of its own as a terminal gives it one. */
export class NpmStart {
  private written = '';
  private readonly child;
  /** The exit code, once it has ended; null when a signal ended it. */
  readonly exited: Promise<number | null>;

  constructor(
    private readonly place: Place,
    environment: Record<string, string> = {},
  ) {
    this.child = spawn('npm', ['start', '--silent'], {
      cwd: repositoryRoot,
      env: { ...process.env, NODE_ENV: 'development', ...place, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream.on('data', (chunk) => (this.written += String(chunk)));
    }
    this.exited = once(this.child, 'close').then(([code]) => code as number | null);
  }

  get output(): string {
    return this.written;
  }

  get gatewayUrl(): string {
    return `http://127.0.0.1:${this.place.GATEWAY_PORT}/graphql`;
  }

  get npmPid(): number {
    return this.child.pid ?? 0;
  }

  /** Waits until it says that the system is up. */
  async up(): Promise<this> {
    let code: number | null | undefined;
    void this.exited.then((ended) => (code = ended));
    await eventually(
      () => [this.written, code] as const,
      ([output, ended]) => output.includes('The supergraph is up') || ended !== undefined,
      60_000,
    );
    if (code !== undefined) throw new Error(`npm start ended with ${code}:\n${this.written}`);
    return this;
  }

  /** Ctrl-C, as a terminal sends it: to the whole process group. */
  ctrlC(): void {
    process.kill(-this.npmPid, 'SIGINT');
  }

  /** Presses Ctrl-C, unless it has ended, and waits for the end. */
  async stop(): Promise<void> {
    if (this.child.exitCode === null && this.child.signalCode === null) this.ctrlC();
    await this.exited;
  }

  /** The processes of this run: the launcher, the services, and Postgres. */
  async pids(): Promise<{ launcher: number; services: number[]; postgres: number }> {
    const run = JSON.parse(await readFile(path.join(this.place.DATA_DIR, 'run.json'), 'utf8')) as {
      launcher: { pid: number };
      services: { pid: number }[];
    };
    const folder = /data in (.+)/.exec(this.written)?.[1] ?? '';
    const [postgres = ''] = (await readFile(path.join(folder, 'cluster', 'postmaster.pid'), 'utf8')).split(
      '\n',
    );
    return {
      launcher: run.launcher.pid,
      services: run.services.map(({ pid }) => pid),
      postgres: Number(postgres),
    };
  }
}
