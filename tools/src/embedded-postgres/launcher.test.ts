import { spawn } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { freePort } from '../free-port.js';
import { withClient } from '../postgres-client.js';
import { processIdentity } from '../process-table.js';
import { removeEmbeddedPostgres } from './home.js';
import { type EmbeddedPostgres, startEmbeddedPostgres } from './launcher.js';

const lines: string[] = [];
let parent: string;
let dataDir: string;
let port: number;

const start = async (settings: Record<string, string> = {}): Promise<EmbeddedPostgres> =>
  startEmbeddedPostgres({
    dataDir,
    port,
    settings: { fsync: 'off', ...settings },
    systemFolder: path.join(parent, 'system'),
    log: (line) => lines.push(line),
  });

const rows = async ({ superuserUrl }: EmbeddedPostgres): Promise<unknown[]> =>
  withClient(superuserUrl, async (client) => (await client.query('SELECT word FROM words')).rows);

const remember = async ({ superuserUrl }: EmbeddedPostgres, word: string): Promise<void> => {
  await withClient(superuserUrl, async (client) => {
    await client.query('CREATE TABLE words (word text)');
    await client.query('INSERT INTO words VALUES ($1)', [word]);
  });
};

beforeEach(async () => {
  lines.length = 0;
  parent = await mkdtemp(path.join(tmpdir(), 'supergraph-launcher-'));
  await chmod(parent, 0o711);
  dataDir = path.join(parent, 'data');
  port = await freePort();
});

afterEach(async () => {
  await removeEmbeddedPostgres(dataDir);
  await rm(parent, { recursive: true, force: true });
});

describe('the embedded Postgres', () => {
  test('starts in an empty folder, keeps its data over a restart, and knows letters beyond ASCII', async () => {
    const first = await start();
    expect(first.version).toMatch(/^17\./);
    await remember(first, 'Schätze');
    await first.stop();
    expect(await first.exited).toEqual({ code: 0, signal: null });

    const second = await start();
    expect(await rows(second)).toEqual([{ word: 'Schätze' }]);
    const trigrams = await withClient(second.superuserUrl, async (client) => {
      await client.query('CREATE EXTENSION pg_trgm');
      return (await client.query("SELECT show_trgm('ÄÖÜ')")).rows[0];
    });
    expect(trigrams.show_trgm).not.toEqual([]);
    await second.stop();
  });

  test('keeps its data after a kill, and stops the one that an earlier, killed run has left', async () => {
    const killed = await start();
    await remember(killed, 'kept');
    process.kill(killed.pid, 'SIGKILL');
    await killed.exited;

    const left = await start();
    expect(await rows(left)).toEqual([{ word: 'kept' }]);

    port = await freePort();
    const next = await start();
    expect(await left.exited).toEqual({ code: 0, signal: null });
    expect(lines).toContain(`stopping the Postgres of an earlier run (pid ${left.pid})`);
    expect(await rows(next)).toEqual([{ word: 'kept' }]);
    await next.stop();
  });

  test('does not signal another process with the pid of an earlier run', async () => {
    const earlier = await start();
    await earlier.stop();
    const other = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
    const pid = other.pid as number;
    const identity = await processIdentity(pid);
    const cluster = path.join(earlier.folder, 'cluster');
    await writeFile(path.join(cluster, 'postmaster.pid'), `${pid}\n${cluster}\n0\n${port}\n\n127.0.0.1\n`);

    const next = await start();
    expect(await processIdentity(pid)).toBe(identity);
    await next.stop();
    other.kill('SIGKILL');
  });

  test('creates its cluster after an interrupted first start', async () => {
    const first = await start();
    const { folder } = first;
    await first.stop();
    await rm(path.join(folder, 'cluster'), { recursive: true });
    await mkdir(path.join(folder, 'init-interrupted'));

    const next = await start();
    expect(await readdir(folder)).not.toContain('init-interrupted');
    await next.stop();
  });

  test('says why it does not start: a port in use with its variable, or the log of Postgres', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => {
      other.listen(port, '127.0.0.1', resolve);
    });
    await expect(start()).rejects.toThrow(
      `POSTGRES_PORT: port ${port} is in use by another program. Set POSTGRES_PORT to a free port.`,
    );
    await new Promise((resolve) => other.close(resolve));

    const attempt = start({ no_such_setting: '1' });
    await expect(attempt).rejects.toThrow('unrecognized configuration parameter "no_such_setting"');
  });
});

const asRoot = process.getuid?.() === 0 ? describe : describe.skip;

asRoot('as root', () => {
  const openClosedFolder = async (): Promise<void> => {
    await mkdir(path.join(parent, 'closed'), { mode: 0o700 });
    dataDir = path.join(parent, 'closed', 'data');
  };

  test('stores data elsewhere, and says so, when Postgres’ user cannot enter the folder', async () => {
    await openClosedFolder();
    const first = await start();
    await remember(first, 'elsewhere');
    await first.stop();
    expect(first.folder.startsWith(path.join(parent, 'system'))).toBe(true);
    const message = `who cannot enter ${path.join(parent, 'closed')}: its data is in ${first.folder}`;
    expect(lines.some((line) => line.endsWith(message))).toBe(true);

    const second = await start();
    expect(await rows(second)).toEqual([{ word: 'elsewhere' }]);
    await second.stop();
  });

  test('sets that data aside when the folder was deleted', async () => {
    await openClosedFolder();
    const first = await start();
    await remember(first, 'of the deleted folder');
    await rm(dataDir, { recursive: true });

    const second = await start();
    await expect(rows(second)).rejects.toThrow('relation "words" does not exist');
    expect(await first.exited).toEqual({ code: 0, signal: null });
    await second.stop();
  });
});
