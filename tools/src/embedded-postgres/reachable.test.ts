import { chmod, mkdir, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { firstClosedFolder } from './reachable.js';

const stranger = { name: 'stranger', uid: 54_321, gid: 54_321 };
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'supergraph-reachable-'));
  await chmod(folder, 0o711);
  await mkdir(path.join(folder, 'a/b/c'), { recursive: true });
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

describe('whether a user can reach a folder', () => {
  test('yes, when every folder on the way may be entered by all', async () => {
    expect(await firstClosedFolder(path.join(folder, 'a/b/c'), stranger)).toBeUndefined();
  });

  test('no, when one on the way is closed, and that one is named', async () => {
    await chmod(path.join(folder, 'a'), 0o700);
    expect(await firstClosedFolder(path.join(folder, 'a/b/c'), stranger)).toBe(path.join(folder, 'a'));
  });

  test('no, when the folder itself is closed', async () => {
    await chmod(path.join(folder, 'a/b/c'), 0o750);
    expect(await firstClosedFolder(path.join(folder, 'a/b/c'), stranger)).toBe(path.join(folder, 'a/b/c'));
  });

  test('yes, for the owner of a closed folder and for its group', async () => {
    await chmod(path.join(folder, 'a'), 0o710);
    const { uid, gid } = await stat(folder);
    expect(await firstClosedFolder(path.join(folder, 'a/b'), { ...stranger, uid })).toBeUndefined();
    expect(await firstClosedFolder(path.join(folder, 'a/b'), { ...stranger, gid })).toBeUndefined();
  });

  test('yes, for what does not exist yet in an open folder', async () => {
    expect(await firstClosedFolder(path.join(folder, 'a/new/one'), stranger)).toBeUndefined();
  });
});
