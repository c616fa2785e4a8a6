import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
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
  test('are drawn at the first start, long and all different, and readable by their owner alone', async () => {
    const values = Object.values(await keptSecrets(file));
    expect(new Set(values).size).toBe(values.length);
    expect(values.every((value) => Buffer.byteLength(value) >= 32)).toBe(true);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  });

  test('stay the same at every later start', async () => {
    expect(await keptSecrets(file)).toEqual(await keptSecrets(file));
  });

  test('are added to when a newer release needs one more', async () => {
    const { cursorSecret, ...older } = await keptSecrets(file);
    await writeFile(file, JSON.stringify(older));
    const newer = await keptSecrets(file);
    expect(newer).toMatchObject(older);
    expect(newer.cursorSecret).not.toBe(cursorSecret);
    expect(JSON.parse(await readFile(file, 'utf8'))).toEqual(newer);
  });

  test.each(['', '[1]', '{"cursorSecret":1}', '{"curs'])(
    'are not drawn anew over a damaged file (%j)',
    async (text) => {
      await writeFile(file, text);
      await expect(keptSecrets(file)).rejects.toThrow(`${file} is damaged`);
      expect(await readFile(file, 'utf8')).toBe(text);
    },
  );
});
