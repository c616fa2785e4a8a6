import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { Fault } from './fault.js';
import { keptSecrets } from './secrets.js';

let folder: string;
let file: string;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'supergraph-secrets-'));
  file = path.join(folder, 'secrets.json');
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

describe('the secrets of an installation', () => {
  test('are generated at the first start: long, all different, and readable by their owner only', async () => {
    const values = Object.values(await keptSecrets(folder));
    expect(new Set(values).size).toBe(values.length);
    expect(values.every((value) => Buffer.byteLength(value) >= 32)).toBe(true);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  });

  test('stay the same at every later start', async () => {
    expect(await keptSecrets(folder)).toEqual(await keptSecrets(folder));
  });

  test('get a new one when a newer release needs it', async () => {
    const { CURSOR_SECRET, ...others } = await keptSecrets(folder);
    const { cursorSecret, ...older } = JSON.parse(await readFile(file, 'utf8'));
    expect(cursorSecret).toBe(CURSOR_SECRET);
    await writeFile(file, JSON.stringify({ ...older, ofAnotherRelease: 'kept' }));
    const newer = await keptSecrets(folder);
    expect(newer).toMatchObject(others);
    expect(newer['CURSOR_SECRET']).not.toBe(CURSOR_SECRET);
    expect(JSON.parse(await readFile(file, 'utf8'))).toEqual({
      ...older,
      ofAnotherRelease: 'kept',
      cursorSecret: newer['CURSOR_SECRET'],
    });
  });

  test.each(['', '[1]', '{"cursorSecret":1}', '{"curs'])(
    'do not replace a damaged file (%j)',
    async (text) => {
      await writeFile(file, text);
      await expect(keptSecrets(folder)).rejects.toThrow(`${file} is damaged`);
      expect(await readFile(file, 'utf8')).toBe(text);
    },
  );

  test.each([
    ['in the data directory', async () => mkdir(path.join(folder, 'postgres/cluster'), { recursive: true })],
    [
      'elsewhere, with a note',
      async () => {
        await mkdir(path.join(folder, 'elsewhere/cluster'), { recursive: true });
        await mkdir(path.join(folder, 'postgres'));
        await writeFile(path.join(folder, 'postgres/moved-to'), `${path.join(folder, 'elsewhere')}\n`);
      },
    ],
  ])('are not replaced when their databases exist %s', async (_, makeCluster) => {
    await makeCluster();
    await expect(keptSecrets(folder)).rejects.toThrow(
      new Fault(
        `${file} is missing. The services cannot use the existing Postgres data without it. ` +
          `Restore the file, or delete ${folder} to start with empty databases.`,
      ),
    );
    expect(await readdir(folder)).not.toContain('secrets.json');
  });
});
