import { Field, ID, ObjectType } from '@nestjs/graphql';
import { Column, Entity, type MigrationInterface, PrimaryColumn, type QueryRunner } from 'typeorm';

@Entity('notes')
export class NoteEntity {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'notes_pkey' })
  id: string;

  @Column('text')
  text: string;
}

@ObjectType('Note', { description: 'A text.' })
export class NoteType {
  @Field(() => ID, { description: 'The id.' })
  id: string;

  @Field(() => String, { description: 'The text.' })
  text: string;
}

export class CreateNotes1790000000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(
      'CREATE TABLE notes (id uuid CONSTRAINT notes_pkey PRIMARY KEY, text text NOT NULL)',
    );
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE notes');
  }
}
