import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { Attributes } from '../subscriber.entity.js';

/**
 * A row of `sign_ups`: a use of the sign-up form. It waits for the worker, which deletes it, or keeps it until the
 * owner of the address confirms.
 */
@Entity('sign_ups')
@Index('sign_ups_due_at_id_idx', ['dueAt', 'id'], { where: 'kept_until IS NULL' })
@Index('sign_ups_email_normalized_idx', ['emailNormalized'])
@Index('sign_ups_kept_idx', ['emailNormalized'], { unique: true, where: 'kept_until IS NOT NULL' })
export class SignUpEntity {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'sign_ups_pkey' })
  id: string;

  /** As entered, without surrounding white space. */
  @Column('text')
  email: string;

  @Column({ type: 'text', name: 'email_normalized', collation: 'C' })
  emailNormalized: string;

  @Column('text', { nullable: true })
  name: string | null;

  @Column('text', { array: true })
  tags: string[];

  @Column('jsonb')
  attributes: Attributes;

  /** The page with the form. */
  @Column('text', { nullable: true })
  origin: string | null;

  @Column('text', { name: 'consent_text', nullable: true })
  consentText: string | null;

  @Column('text', { nullable: true })
  ip: string | null;

  @Column('text', { name: 'user_agent', nullable: true })
  userAgent: string | null;

  @Column({ type: 'timestamptz', name: 'created_at', precision: 3 })
  createdAt: Date;

  /** When the worker may process it. Later than `createdAt` after a fault. */
  @Column({ type: 'timestamptz', name: 'due_at', default: () => 'now()' })
  dueAt: Date;

  /** Null while it waits for the worker. After that, how long it waits for a confirmation. */
  @Column({ type: 'timestamptz', name: 'kept_until', nullable: true })
  keptUntil: Date | null;
}
