import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { repositoryRoot } from './repository.js';

let copy: string;
beforeEach(async () => {
  copy = await mkdtemp(path.join(tmpdir(), 'supergraph-lock-file-'));
  const lock = JSON.parse(await readFile(path.join(repositoryRoot, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, object>;
  };
  const ours = Object.keys(lock.packages).filter((place) => !place.includes('node_modules'));
  for (const file of ['package-lock.json', ...ours.map((place) => path.join(place, 'package.json'))])
    await cp(path.join(repositoryRoot, file), path.join(copy, file));
});
afterEach(async () => {
  await rm(copy, { recursive: true });
});

describe('the lock file', () => {
  test('matches the manifests, and has only packages that support this Node.js', async () => {
    const args = ['ci', '--dry-run', '--offline', '--ignore-scripts', '--no-audit', '--loglevel=warn'];
    // Without settings of the npm that runs the tests, such as --silent.
    const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_/i.test(name)));
    const npm = spawn('npm', args, { cwd: copy, env, stdio: ['ignore', 'ignore', 'pipe'] });
    const [said, [code]] = await Promise.all([text(npm.stderr), once(npm, 'close')]);
    expect(said).not.toContain('EBADENGINE');
    expect(code).toBe(0);
  });
});
