import { closeSync, fdatasyncSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { median } from './statistics.js';

const FLUSHES = 500;
const PAGE = Buffer.alloc(8_192, 1);

/** Milliseconds (median) that the disk of the temporary folder takes for what a Postgres commit waits for. */
export function flushTimeMs(): number {
  const name = path.join(tmpdir(), `supergraph-flush-time-${process.pid}`);
  const file = openSync(name, 'w');
  try {
    const times = Array.from({ length: FLUSHES }, () => {
      const startedAt = performance.now();
      // In place, as Postgres uses the files of its write-ahead log again and again.
      writeSync(file, PAGE, 0, PAGE.length, 0);
      fdatasyncSync(file);
      return performance.now() - startedAt;
    });
    return median(times);
  } finally {
    closeSync(file);
    rmSync(name);
  }
}
