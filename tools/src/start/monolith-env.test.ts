import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { writeMonolithEnv } from './monolith-env.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'supergraph-monolith-env-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

const PLAN = { tcpPort: 4003, tcpSecret: 'first-secret', usersOrigin: 'http://127.0.0.1:4001' };

describe('monolith.env', () => {
  test('has all variables of the example, readable by its owner only', async () => {
    const file = await writeMonolithEnv(folder, PLAN);
    expect(file).toBe(path.join(folder, 'monolith.env'));
    const lines = (await readFile(file, 'utf8')).split('\n');
    expect(lines.filter((line) => line !== '' && !line.startsWith('#'))).toEqual([
      'SUBSCRIBERS_HOST=127.0.0.1',
      'SUBSCRIBERS_PORT=4003',
      'SUBSCRIBERS_CALLER=monolith',
      'SUBSCRIBERS_SECRET=first-secret',
      'JWKS_URL=http://127.0.0.1:4001/.well-known/jwks.json',
    ]);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  });

  test('is rewritten with new ports and secrets, without temporary files', async () => {
    await writeMonolithEnv(folder, PLAN);
    const file = await writeMonolithEnv(folder, { ...PLAN, tcpPort: 5003, tcpSecret: 'second-secret' });
    const text = await readFile(file, 'utf8');
    expect(text).toContain('SUBSCRIBERS_PORT=5003\n');
    expect(text).toContain('SUBSCRIBERS_SECRET=second-secret\n');
    expect(text).not.toContain('first-secret');
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await readdir(folder)).toEqual(['monolith.env']);
  });
});
