import { spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { waitUntil } from '@supergraph/tools/wait-until';
import { CREATE_DAILY_COUNTS, HALFWAY } from '../testing/daily-counts.js';
import { record, withLog } from '../testing/with-log.js';

const PROGRAM = fileURLToPath(new URL('../testing/daily-counts-process.js', import.meta.url));
/** The last three days, which the log keeps. */
const DAYS = [2, 1, 0].map((ago) => new Date(Date.now() - ago * 86_400_000).toISOString().slice(0, 10));
const KILLS = 4;

describe('a consumer in two processes', () => {
  const database = withLog();
  const running = new Map<string, ChildProcess>();
  beforeAll(() => database.dataSource.query(CREATE_DAILY_COUNTS));
  const start = () => {
    const name = randomUUID();
    const child = spawn(process.execPath, [PROGRAM], {
      env: { ...process.env, DATABASE_URL: database.url, NAME: name },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    running.set(name, child);
  };
  const kill = async (name: string) => {
    const child = running.get(name)!;
    running.delete(name);
    child.kill('SIGKILL');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  };
  afterEach(async () => {
    for (const name of running.keys()) await kill(name);
  });
  const publish = async () => {
    for (const day of DAYS) {
      const ids = Array.from({ length: 50 }, () => randomUUID());
      await record(database.dataSource, ids, { occurredAt: new Date(`${day}T00:00:00Z`) });
    }
  };
  /** The running process that has processed half of a batch; undefined if none has. */
  const halfway = async () => {
    const rows: { name: string }[] = await database.dataSource.query(
      `SELECT application_name AS name FROM pg_stat_activity
       WHERE datname = current_database() AND state = 'active' AND query = $1
         AND application_name = ANY ($2)`,
      [HALFWAY, [...running.keys()]],
    );
    return rows[0]?.name;
  };

  test('counts each event once, although the process with the batch is killed again and again', async () => {
    start();
    start();
    for (let killed = 0; killed < KILLS; killed += 1) {
      await publish();
      let name: string | undefined;
      await waitUntil(async () => (name = await halfway()) !== undefined);
      await kill(name!);
      start();
    }
    const total = KILLS * 50;
    await waitUntil(async () => {
      const [{ done }] = await database.dataSource.query('SELECT seq = $1 AS done FROM event_log_consumers', [
        DAYS.length * total,
      ]);
      return done as boolean;
    });
    const counts = await database.dataSource.query('SELECT day::text, notes FROM daily_counts ORDER BY day');
    expect(counts).toEqual(DAYS.map((day) => ({ day, notes: total })));
  });
});
