import { execFile } from 'node:child_process';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { withClient } from '@supergraph/tools/postgres-client';
import { subgraphProgram } from '@supergraph/tools/services';
import { subgraphWith } from '@supergraph/tools/subgraphs';

/** The subgraph that signs access tokens. */
const signer = subgraphWith('SIGNING_KEY_SECRET')!;

interface Transactions {
  initialize(): Promise<unknown>;
  destroy(): Promise<void>;
  transaction<Result>(
    work: (manager: { query(sql: string): Promise<unknown> }) => Promise<Result>,
  ): Promise<Result>;
}

type MakeNextKey = (
  manager: unknown,
  settings: { leadMs: number; secret: string; previousSecrets: readonly string[] },
) => Promise<{ kid: string }>;

/** The ids of the keys that a replica publishes. */
export async function publishedKeys(origin: string): Promise<string[]> {
  const response = await fetch(`${origin}/.well-known/jwks.json`);
  const { keys } = (await response.json()) as { keys: { kid: string }[] };
  return keys.map(({ kid }) => kid);
}

/** Runs `node dist/rotate-keys.js`; returns its output. */
export async function rotateKeys(env: Record<string, string>): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, [subgraphProgram(signer, 'rotate-keys')], {
    env,
  });
  return stdout;
}

/** Creates keys like that program, but in this process, and also while the last key does not sign yet. */
export async function keyMaker(databaseUrl: string, secret: string, leadMs: number) {
  const load = (file: string): Promise<unknown> =>
    import(pathToFileURL(path.join(signer.folder, 'dist', file)).href);
  const { database } = (await load('database/database.js')) as {
    database: { dataSource(url: string): Transactions };
  };
  const { makeNextKey } = (await load('keys/rotate-signing-key.js')) as { makeNextKey: MakeNextKey };
  const dataSource = database.dataSource(databaseUrl);
  await dataSource.initialize();
  return {
    make: () =>
      dataSource.transaction((manager) => makeNextKey(manager, { leadMs, secret, previousSecrets: [] })),
    close: () => dataSource.destroy(),
  };
}

/** Makes the keys older by this number of seconds. */
export async function letKeysAge(databaseUrl: string, seconds: number): Promise<void> {
  await withClient(databaseUrl, (client) =>
    client.query("UPDATE signing_keys SET signs_from = signs_from - $1 * interval '1 second'", [seconds]),
  );
}
