import { defineDatabase } from '@kit/database';
import { CreateNotes1790000000000, NoteEntity } from './note.js';

export const database = defineDatabase({
  name: 'notes',
  entities: [NoteEntity],
  migrations: [CreateNotes1790000000000],
});
