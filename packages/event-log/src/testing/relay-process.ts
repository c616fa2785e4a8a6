import { createLogger, CursorCodec } from '@kit/service';
import { EventLogRuntime } from '../event-log-runtime.js';
import { notesDataSource } from './notes-database.js';

/** A replica of a service that numbers events, for a test that kills it. */
const dataSource = await notesDataSource(process.env['DATABASE_URL']!).initialize();
const codec = new CursorCodec('a secret that is long enough for a test');
await new EventLogRuntime(dataSource, codec, createLogger('notes', 'silent')).start();
