import { describe, expect, test } from '@jest/globals';
import { createLogger, CursorCodec } from '@kit/service';
import { EventLogRuntime } from './event-log-runtime.js';
import { ADDED } from './testing/notes-database.js';
import { statementsOf } from './testing/statements.js';
import { withLog } from './testing/with-log.js';

describe('an event log without streams', () => {
  const database = withLog();
  const codec = new CursorCodec('a secret that is long enough for a test');
  const runtime = () => new EventLogRuntime(database.dataSource, codec, createLogger('test', 'silent'));
  const startAndStop = async (log: EventLogRuntime, work: () => unknown = () => {}) => {
    await log.start();
    await work();
    await log.stopReading();
    await log.stopNumbering();
  };

  test('reads no events into memory', async () => {
    const [without, one] = [runtime(), runtime()];
    expect(await statementsOf(database.dataSource, () => startAndStop(without))).toEqual([]);
    one.eventLog.stream({ kinds: [ADDED], load: async () => new Map() });
    const statements = await statementsOf(database.dataSource, () => startAndStop(one));
    expect(statements.length).toBeGreaterThan(0);
  });

  test('has no cursor to watch from', async () => {
    const log = runtime();
    await startAndStop(log, () => {
      expect(() => log.eventLog.cursor()).toThrow('declare a stream');
    });
  });
});
