import { randomUUID } from 'node:crypto';
import { In, type DataSource } from 'typeorm';
import type { Load } from '../watching/watched-event.js';
import { NoteEntity } from './note.entity.js';

export function note(text = 'a note'): NoteEntity {
  return Object.assign(new NoteEntity(), { id: randomUUID(), text });
}

export function notes(count: number, text?: string): NoteEntity[] {
  return Array.from({ length: count }, () => note(text));
}

export function idsOf(rows: readonly NoteEntity[]): string[] {
  return rows.map(({ id }) => id);
}

/** Writes notes to the database, without events. */
export async function store(dataSource: DataSource, rows: NoteEntity[]): Promise<void> {
  await dataSource.getRepository(NoteEntity).insert(rows);
}

export function loadNotes(dataSource: DataSource): Load<NoteEntity> {
  return async (ids) => {
    const rows = await dataSource.getRepository(NoteEntity).findBy({ id: In([...ids]) });
    return new Map(rows.map((row) => [row.id, row]));
  };
}
