import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';

/**
 * An event that was committed together with the change that it tells of, and has no number yet. Ids are given out
 * before commit, so they say nothing about the order in which rows appear.
 */
@Entity('outbox')
export class OutboxEntity {
  @PrimaryGeneratedColumn('identity', {
    type: 'bigint',
    generatedIdentity: 'ALWAYS',
    primaryKeyConstraintName: 'outbox_pkey',
  })
  id: string;

  @Column('text')
  type: string;

  @Column('uuid', { name: 'subject_id' })
  subjectId: string;

  @Column({ type: 'timestamptz', name: 'occurred_at', precision: 3 })
  occurredAt: Date;
}
