import { DataSource } from 'typeorm';
import { EVENT_LOG_ENTITIES } from '../tables/event-log-entities.js';
import { NoteEntity } from './note.entity.js';

export const APPLICATION = 'notes';
export const ADDED = 'note.added';

/** The data source of a service with notes and an event log. */
export function notesDataSource(url: string, application = APPLICATION): DataSource {
  return new DataSource({
    type: 'postgres',
    url,
    applicationName: application,
    entities: [NoteEntity, ...EVENT_LOG_ENTITIES],
    poolSize: 4,
    poolErrorHandler: () => {},
  });
}
