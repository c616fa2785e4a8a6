import { Column, Entity, JoinColumn, ManyToOne, PrimaryColumn } from 'typeorm';
import type { SubscriberErrorCode } from '../subscriber-error.js';
import { ImportEntity } from './import.entity.js';

/** A row of a file that was not imported. */
@Entity('import_rejected_rows')
export class RejectedRowEntity {
  @PrimaryColumn('uuid', { name: 'import_id', primaryKeyConstraintName: 'import_rejected_rows_pkey' })
  importId: string;

  @ManyToOne(() => ImportEntity, { onDelete: 'CASCADE' })
  @JoinColumn({ name: 'import_id', foreignKeyConstraintName: 'import_rejected_rows_import_id_fkey' })
  import: ImportEntity;

  /** The line on which the row begins, counted from 1. */
  @PrimaryColumn('integer', { primaryKeyConstraintName: 'import_rejected_rows_pkey' })
  line: number;

  /** The header of the column; null when the whole row is at fault. */
  @Column('text', { nullable: true })
  column: string | null;

  @Column('text')
  code: SubscriberErrorCode;

  @Column('text')
  message: string;

  /** The cell, at most 200 characters. */
  @Column('text', { nullable: true })
  value: string | null;
}
