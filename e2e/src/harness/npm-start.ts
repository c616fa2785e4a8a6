import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { freePort } from '@supergraph/tools/free-port';
import { allSubgraphs } from '@supergraph/tools/subgraphs';
import { Program } from './program.js';

/** Free ports and a data folder for `npm start`, by variable. */
export type Place = Record<'GATEWAY_PORT' | 'POSTGRES_PORT' | 'DATA_DIR', string> & Record<string, string>;

export async function freePlace(dataDir: string): Promise<Place> {
  const place: Place = {
    GATEWAY_PORT: String(await freePort()),
    POSTGRES_PORT: String(await freePort()),
    DATA_DIR: dataDir,
  };
  for (const { names, service } of allSubgraphs()) {
    for (const variable of [names.port, ...Object.keys(service.development.ports)]) {
      place[variable] = String(await freePort());
    }
  }
  return place;
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
    folder?: string,
  ) {
    super(['npm', 'start', '--silent'], { ...environmentOf(place), ...environment }, folder);
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
