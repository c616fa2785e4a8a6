import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { Logger } from 'pino';
import { SupergraphWatch } from './supergraph-watch.js';

let folder: string;
beforeEach(() => void (folder = mkdtempSync(path.join(tmpdir(), 'watch-'))));
afterEach(() => rmSync(folder, { recursive: true }));

/** Watches a file. Content that begins with `bad` cannot be loaded. */
function watching(file = path.join(folder, 'supergraph.graphql')) {
  const loaded: string[] = [];
  const rejected: string[] = [];
  const watch = new SupergraphWatch({
    file,
    pollMs: 50,
    serving: 'first',
    load: async (sdl) => {
      if (sdl.startsWith('bad')) throw new Error(`it is ${sdl}`);
      loaded.push(sdl);
    },
    logger: {
      info: () => {},
      error: ({ why }: { why: string }) => void rejected.push(why),
    } as unknown as Logger,
  });
  const check = async (times = 3) => {
    for (let n = 0; n < times; n += 1) await watch.check();
  };
  return { file, watch, loaded, rejected, check };
}

test('does not load the content that is already in use', async () => {
  const { file, loaded, rejected, check } = watching();
  writeFileSync(file, 'first');
  await check();
  expect([loaded, rejected]).toEqual([[], []]);
});

test('loads new content once', async () => {
  const { file, loaded, check } = watching();
  writeFileSync(file, 'second');
  await check(5);
  expect(loaded).toEqual(['second']);
});

test('does not load content that is still being written', async () => {
  const { file, loaded, rejected, check } = watching();
  for (const part of ['bad: half', 'bad: half of it', 'second']) {
    writeFileSync(file, part);
    await check(1);
  }
  await check();
  expect([loaded, rejected]).toEqual([['second'], []]);
});

test('detects a change with the same size, modification time and inode', async () => {
  const { file, loaded, check } = watching();
  const time = new Date('2026-01-01');
  for (const text of ['second', 'thirds']) {
    writeFileSync(file, text);
    utimesSync(file, time, time);
    await check();
  }
  expect(loaded).toEqual(['second', 'thirds']);
});

test('follows a replaced symbolic link, as in a mounted config map', async () => {
  for (const name of ['one', 'two']) {
    mkdirSync(path.join(folder, name));
    writeFileSync(path.join(folder, name, 'supergraph.graphql'), name === 'one' ? 'first' : 'second');
  }
  const data = path.join(folder, '..data');
  symlinkSync('one', data);
  const { loaded, check } = watching(path.join(data, 'supergraph.graphql'));
  await check();
  symlinkSync('two', `${data}.new`);
  renameSync(`${data}.new`, data);
  await check();
  expect(loaded).toEqual(['second']);
});

test('rejects bad content once, and loads the next good content', async () => {
  const { file, loaded, rejected, check } = watching();
  writeFileSync(file, 'bad');
  await check(10);
  rmSync(file);
  await check(10);
  writeFileSync(file, 'second');
  await check();
  expect(loaded).toEqual(['second']);
  expect(rejected).toEqual(['it is bad', expect.stringContaining('no such file')]);
});

test('does not reload the content in use after bad content', async () => {
  const { file, loaded, rejected, check } = watching();
  writeFileSync(file, 'bad');
  await check();
  writeFileSync(file, 'first');
  await check();
  expect([loaded, rejected]).toEqual([[], ['it is bad']]);
});

test('loads nothing after it was stopped', async () => {
  const { file, watch, loaded, check } = watching();
  writeFileSync(file, 'second');
  await check(1);
  watch.stop();
  await check();
  expect(loaded).toEqual([]);
});
