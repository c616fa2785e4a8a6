import { createLogger, CursorCodec } from '@kit/service';
import { EventLogRuntime } from '../event-log-runtime.js';
import { countByDay, DAILY_COUNTS, HALFWAY } from './daily-counts.js';
import { notesDataSource } from './notes-database.js';

/** A replica of a service that counts notes, for a test that kills it. */
const dataSource = await notesDataSource(process.env['DATABASE_URL']!, process.env['NAME']).initialize();
const codec = new CursorCodec('a secret that is long enough for a test');
const runtime = new EventLogRuntime(dataSource, codec, createLogger('notes', 'silent'));
runtime.eventLog.consume({
  ...DAILY_COUNTS,
  async handle(events, manager) {
    const half = Math.ceil(events.length / 2);
    await countByDay(events.slice(0, half), manager);
    await manager.query(HALFWAY);
    await countByDay(events.slice(half), manager);
  },
});
await runtime.start();
