import { spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test } from '@jest/globals';
import { waitUntil } from '@supergraph/tools/wait-until';
import { LogReader } from '../reading/log-reader.js';
import { APPLICATION } from '../testing/notes-database.js';
import { loggedSubjects, record, recordBulk, withLog } from '../testing/with-log.js';

const PROGRAM = fileURLToPath(new URL('../testing/relay-process.js', import.meta.url));
const KILLS = 4;
const ids = (count: number) => Array.from({ length: count }, () => randomUUID());

describe('a relay that is killed', () => {
  const database = withLog();
  let relay: ChildProcess | undefined;
  const start = () => {
    const env = { ...process.env, DATABASE_URL: database.url };
    relay = spawn(process.execPath, [PROGRAM], { env, stdio: ['ignore', 'ignore', 'inherit'] });
  };
  const kill = async () => {
    const killed = relay;
    relay = undefined;
    killed?.kill('SIGKILL');
    if (killed?.exitCode === null && killed.signalCode === null) await once(killed, 'exit');
  };
  afterEach(kill);
  const log = () => new LogReader(database.dataSource);

  /**
   * Kills the relay while its statement waits in the middle, after it has deleted bulk rows. Postgres completes the
   * statement, unless it ends the session as well.
   */
  const killInBatch = async ({ endSession }: { endSession: boolean }) => {
    const blocking = await database.connect();
    await blocking.query('BEGIN');
    await blocking.query('SELECT FROM event_log_state FOR UPDATE');
    let session: number | undefined;
    await waitUntil(async () => {
      const rows: { pid: number }[] = await database.dataSource.query(
        `SELECT pid FROM pg_stat_activity
         WHERE datname = current_database() AND wait_event_type = 'Lock'
           AND application_name = '${APPLICATION} relay' AND query NOT LIKE '%DELETE FROM outbox WHERE%'`,
      );
      session = rows[0]?.pid;
      return session !== undefined;
    });
    await kill();
    if (endSession) await database.dataSource.query('SELECT pg_terminate_backend($1, 5000)', [session]);
    await blocking.query('COMMIT');
  };

  test('in the middle of bulk events, again and again, loses and repeats no event', async () => {
    const bulk = ids(20_000);
    await recordBulk(database.dataSource, bulk);
    const live: string[] = [];
    start();
    for (let killed = 0; killed < KILLS; killed += 1) {
      const { lastSeq } = await log().state();
      await waitUntil(async () => (await log().state()).lastSeq > lastSeq + 1_000);
      await killInBatch({ endSession: killed % 2 === 0 });
      expect(await log().waitingBulkEvents()).toBeGreaterThan(0);
      const subjects = ids(10);
      await record(database.dataSource, subjects);
      live.push(...subjects);
      start();
    }
    await waitUntil(async () => (await log().waitingBulkEvents()) === 0);
    const logged = await loggedSubjects(database.dataSource);
    expect(logged.map(([seq]) => seq)).toEqual(logged.map((_, index) => index + 1));
    const isLive = new Set(live);
    const subjects = logged.map(([, subject]) => subject);
    expect(subjects.filter((subject) => isLive.has(subject))).toEqual(live);
    expect(subjects.filter((subject) => !isLive.has(subject))).toEqual(bulk);
  });
});
