import { Column, Entity, PrimaryColumn } from 'typeorm';

/** The subject of events in tests. */
@Entity('notes')
export class NoteEntity {
  @PrimaryColumn('uuid')
  id: string;

  @Column('text')
  text: string;
}
