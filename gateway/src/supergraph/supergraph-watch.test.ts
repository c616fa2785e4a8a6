import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { Logger } from 'pino';
import { SupergraphWatch } from './supergraph-watch.js';

let folder: string;
beforeEach(() => void (folder = mkdtempSync(path.join(tmpdir(), 'watch-'))));
afterEach(() => rmSync(folder, { recursive: true }));

/** A watch over a file; what starts with `bad` cannot be taken up. */
function watching(file = path.join(folder, 'supergraph.graphql')) {
  const taken: string[] = [];
  const refused: string[] = [];
  const watch = new SupergraphWatch({
    file,
    pollMs: 50,
    serving: 'first',
    takeUp: async (sdl) => {
      if (sdl.startsWith('bad')) throw new Error(`it is ${sdl}`);
      taken.push(sdl);
    },
    logger: {
      info: () => {},
      error: ({ why }: { why: string }) => void refused.push(why),
    } as unknown as Logger,
  });
  const looks = async (times = 3) => {
    for (let n = 0; n < times; n += 1) await watch.look();
  };
  return { file, watch, taken, refused, looks };
}

test('what is served already is not taken up', async () => {
  const { file, taken, refused, looks } = watching();
  writeFileSync(file, 'first');
  await looks();
  expect([taken, refused]).toEqual([[], []]);
});

test('another text is taken up once', async () => {
  const { file, taken, looks } = watching();
  writeFileSync(file, 'second');
  await looks(5);
  expect(taken).toEqual(['second']);
});

test('a text that is still being written is not believed', async () => {
  const { file, taken, refused, looks } = watching();
  for (const part of ['bad: half', 'bad: half of it', 'second']) {
    writeFileSync(file, part);
    await looks(1);
  }
  await looks();
  expect([taken, refused]).toEqual([['second'], []]);
});

test('a change shows although size, time and inode are those of before', async () => {
  const { file, taken, looks } = watching();
  const time = new Date('2026-01-01');
  for (const text of ['second', 'thirds']) {
    writeFileSync(file, text);
    utimesSync(file, time, time);
    await looks();
  }
  expect(taken).toEqual(['second', 'thirds']);
});

test('a link that is put somewhere else, as in a mounted config map, is followed', async () => {
  for (const name of ['one', 'two']) {
    mkdirSync(path.join(folder, name));
    writeFileSync(path.join(folder, name, 'supergraph.graphql'), name === 'one' ? 'first' : 'second');
  }
  const data = path.join(folder, '..data');
  symlinkSync('one', data);
  const { taken, looks } = watching(path.join(data, 'supergraph.graphql'));
  await looks();
  symlinkSync('two', `${data}.new`);
  renameSync(`${data}.new`, data);
  await looks();
  expect(taken).toEqual(['second']);
});

test('what cannot be taken up is refused once, and what comes after it is taken up', async () => {
  const { file, taken, refused, looks } = watching();
  writeFileSync(file, 'bad');
  await looks(10);
  rmSync(file);
  await looks(10);
  writeFileSync(file, 'second');
  await looks();
  expect(taken).toEqual(['second']);
  expect(refused).toEqual(['it is bad', expect.stringContaining('no such file')]);
});

test('what is served is not taken up again after something bad', async () => {
  const { file, taken, refused, looks } = watching();
  writeFileSync(file, 'bad');
  await looks();
  writeFileSync(file, 'first');
  await looks();
  expect([taken, refused]).toEqual([[], ['it is bad']]);
});

test('nothing is taken up any more once it was stopped', async () => {
  const { file, watch, taken, looks } = watching();
  writeFileSync(file, 'second');
  await looks(1);
  watch.stop();
  await looks();
  expect(taken).toEqual([]);
});
