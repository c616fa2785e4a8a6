import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { writeExampleEnvs } from './example-env.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'supergraph-example-env-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

const VALUES = { TCP_PORT: '4003', MONOLITH_TCP_SECRET: 'first-secret', USERS_URL: 'http://127.0.0.1:4001' };

describe('monolith.env', () => {
  test('has all variables of the example, readable by its owner only', async () => {
    const [file] = await writeExampleEnvs(folder, VALUES);
    expect(file).toBe(path.join(folder, 'monolith.env'));
    const lines = (await readFile(file!, 'utf8')).split('\n');
    expect(lines.filter((line) => line !== '' && !line.startsWith('#'))).toEqual([
      'SUBSCRIBERS_HOST=127.0.0.1',
      'SUBSCRIBERS_PORT=4003',
      'SUBSCRIBERS_CALLER=monolith',
      'SUBSCRIBERS_SECRET=first-secret',
      'JWKS_URL=http://127.0.0.1:4001/.well-known/jwks.json',
    ]);
    expect((await stat(file!)).mode & 0o777).toBe(0o600);
  });

  test('is rewritten with new ports and secrets, without temporary files', async () => {
    await writeExampleEnvs(folder, VALUES);
    const [file] = await writeExampleEnvs(folder, {
      ...VALUES,
      TCP_PORT: '5003',
      MONOLITH_TCP_SECRET: 'second-secret',
    });
    const text = await readFile(file!, 'utf8');
    expect(text).toContain('SUBSCRIBERS_PORT=5003\n');
    expect(text).toContain('SUBSCRIBERS_SECRET=second-secret\n');
    expect(text).not.toContain('first-secret');
    expect((await stat(file!)).mode & 0o777).toBe(0o600);
    expect(await readdir(folder)).toEqual(['monolith.env']);
  });

  test('is left out when a value is missing', async () => {
    expect(await writeExampleEnvs(folder, { TCP_PORT: '4003' })).toEqual([]);
    expect(await readdir(folder)).toEqual([]);
  });
});
