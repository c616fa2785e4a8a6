import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { repositoryRoot } from '../repository.js';

let checkout: string;
beforeEach(async () => {
  checkout = await mkdtemp(path.join(tmpdir(), 'supergraph-installed-'));
  await cp(path.join(repositoryRoot, 'tools/start.mjs'), path.join(checkout, 'tools/start.mjs'));
});
afterEach(async () => {
  await rm(checkout, { recursive: true });
});

const start = async () => {
  const child = spawn(process.execPath, ['tools/start.mjs'], { cwd: checkout });
  const [progress, complaint, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close'),
  ]);
  return { code, progress, complaint };
};

describe('npm start in a checkout', () => {
  test('tells the user to run npm ci when dependencies are missing', async () => {
    expect(await start()).toEqual({
      code: 1,
      progress: '',
      complaint: 'The dependencies are not installed. Run "npm ci" first.\n',
    });
  });

  test('names missing development dependencies, without compiling', async () => {
    await mkdir(path.join(checkout, 'node_modules/graphql'), { recursive: true });
    expect(await start()).toEqual({
      code: 1,
      progress: '',
      complaint:
        'The development dependencies are not installed (NODE_ENV=production?). Run "npm ci --include=dev".\n',
    });
  });
});
