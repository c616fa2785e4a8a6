import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { freePort } from '@supergraph/tools/free-port';
import { Program } from './program.js';

/** Free ports and a data folder for `npm start`. */
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

const environmentOf = (place: Place) => ({ ...process.env, NODE_ENV: 'development', ...place });

/** `npm run <script>` from another terminal; returns when it has exited. */
export async function npmRun(script: string, place: Place): Promise<{ code: number | null; output: string }> {
  const program = new Program(['npm', 'run', '--silent', script], environmentOf(place));
  return { code: await program.exited, output: program.output };
}

/** `npm start` in a terminal. */
export class NpmStart extends Program {
  constructor(
    private readonly place: Place,
    environment: Record<string, string> = {},
  ) {
    super(['npm', 'start', '--silent'], { ...environmentOf(place), ...environment });
  }

  get gatewayUrl(): string {
    return `http://127.0.0.1:${this.place.GATEWAY_PORT}/graphql`;
  }

  up(): Promise<this> {
    return this.waitForOutput('The supergraph is up');
  }

  override stop(signal: NodeJS.Signals = 'SIGINT'): Promise<number | null> {
    return super.stop(signal);
  }

  /** The processes of this run: the launcher, the services, and Postgres. */
  async pids(): Promise<{ launcher: number; services: number[]; postgres: number }> {
    const run = JSON.parse(await readFile(path.join(this.place.DATA_DIR, 'run.json'), 'utf8')) as {
      launcher: { pid: number };
      services: { pid: number }[];
    };
    const folder = /data in (.+)/.exec(this.output)?.[1] ?? '';
    const postmaster = await readFile(path.join(folder, 'cluster', 'postmaster.pid'), 'utf8');
    return {
      launcher: run.launcher.pid,
      services: run.services.map(({ pid }) => pid),
      postgres: Number.parseInt(postmaster, 10),
    };
  }
}
