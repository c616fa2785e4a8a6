import { chmod, mkdir, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { firstClosedFolder } from './reachable.js';

const other = { name: 'other', uid: 54_321, gid: 54_321 };
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'supergraph-reachable-'));
  await chmod(folder, 0o711);
  await mkdir(path.join(folder, 'a/b/c'), { recursive: true });
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

describe('a folder', () => {
  test('is reachable when all folders on the path are open', async () => {
    expect(await firstClosedFolder(path.join(folder, 'a/b/c'), other)).toBeUndefined();
  });

  test('is not reachable when a folder on the path is closed, which is returned', async () => {
    await chmod(path.join(folder, 'a'), 0o700);
    expect(await firstClosedFolder(path.join(folder, 'a/b/c'), other)).toBe(path.join(folder, 'a'));
  });

  test('is not reachable when it is closed itself', async () => {
    await chmod(path.join(folder, 'a/b/c'), 0o750);
    expect(await firstClosedFolder(path.join(folder, 'a/b/c'), other)).toBe(path.join(folder, 'a/b/c'));
  });

  test('is reachable for the owner and the group of a closed folder', async () => {
    await chmod(path.join(folder, 'a'), 0o710);
    const { uid, gid } = await stat(folder);
    expect(await firstClosedFolder(path.join(folder, 'a/b'), { ...other, uid })).toBeUndefined();
    expect(await firstClosedFolder(path.join(folder, 'a/b'), { ...other, gid })).toBeUndefined();
  });

  test('is reachable when it does not exist yet in an open folder', async () => {
    expect(await firstClosedFolder(path.join(folder, 'a/new/one'), other)).toBeUndefined();
  });
});
