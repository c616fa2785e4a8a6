import { Check, Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { ColumnChoice } from './reading/column-mapping.js';
import type { FileEncoding } from './reading/encoding-detector.js';

export const IMPORT_STATUSES = ['WAITING_FOR_FILE', 'RUNNING', 'FINISHED', 'CANCELLED', 'FAILED'] as const;
export type ImportStatus = (typeof IMPORT_STATUSES)[number];

/** What an import does with a row whose address is on the list. */
export const ON_IMPORT_EXISTING = ['SKIP', 'UPDATE'] as const;
export type OnImportExisting = (typeof ON_IMPORT_EXISTING)[number];

/** `bigint` columns, which pg returns as text. */
const bytes = { to: (value: number | null) => value, from: (text: string | null) => text && Number(text) };

/** An import: its input, its progress, and who works on it. */
@Entity('subscriber_imports')
@Check('subscriber_imports_on_existing_check', `on_existing IN ('SKIP', 'UPDATE')`)
@Check(
  'subscriber_imports_status_check',
  `status IN ('WAITING_FOR_FILE', 'RUNNING', 'FINISHED', 'CANCELLED', 'FAILED')`,
)
@Index('subscriber_imports_unfinished_idx', ['createdAt'], {
  where: `status IN ('WAITING_FOR_FILE', 'RUNNING')`,
})
export class ImportEntity {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'subscriber_imports_pkey' })
  id: string;

  @Column('text', { name: 'file_name' })
  fileName: string;

  @Column('text', { name: 'on_existing' })
  onExisting: OnImportExisting;

  /** Added to every row. */
  @Column('text', { array: true, default: '{}' })
  tags: string[];

  /** Null when the header line decides alone. */
  @Column('jsonb', { nullable: true })
  columns: ColumnChoice[] | null;

  @Column('text', { name: 'consent_text', nullable: true })
  consentText: string | null;

  @Column('boolean', { name: 'dry_run' })
  dryRun: boolean;

  /** The id of a user of the users subgraph. */
  @Column('uuid', { name: 'created_by', nullable: true })
  createdById: string | null;

  @Column({ type: 'timestamptz', name: 'created_at', precision: 3 })
  createdAt: Date;

  /** When the upload was complete. */
  @Column({ type: 'timestamptz', name: 'started_at', precision: 3, nullable: true })
  startedAt: Date | null;

  @Column({ type: 'timestamptz', name: 'finished_at', precision: 3, nullable: true })
  finishedAt: Date | null;

  @Column('text')
  status: ImportStatus;

  /** A sentence for users. */
  @Column('text', { nullable: true })
  problem: string | null;

  /** SHA-256 of the token of the upload; null once the upload is complete. */
  @Index('subscriber_imports_token_hash_idx', { unique: true })
  @Column('bytea', { name: 'token_hash', nullable: true })
  tokenHash: Buffer | null;

  @Column('timestamptz', { name: 'token_expires_at', nullable: true })
  tokenExpiresAt: Date | null;

  /** The upload that is going on. */
  @Column('uuid', { name: 'upload_id', nullable: true })
  uploadId: string | null;

  @Column('timestamptz', { name: 'upload_seen_at', nullable: true })
  uploadSeenAt: Date | null;

  @Column('text', { nullable: true })
  encoding: FileEncoding | null;

  @Column('bigint', { name: 'bytes_read', default: 0, transformer: bytes })
  bytesRead: number;

  @Column('bigint', { name: 'bytes_total', nullable: true, transformer: bytes })
  bytesTotal: number | null;

  @Column('integer', { name: 'rows_read', default: 0 })
  rowsRead: number;

  @Column('integer', { default: 0 })
  added: number;

  @Column('integer', { default: 0 })
  updated: number;

  @Column('integer', { default: 0 })
  unchanged: number;

  @Column('integer', { default: 0 })
  suppressed: number;

  @Column('integer', { default: 0 })
  rejected: number;

  /** The line of the last row that was written to the list, or rejected. The counts are those up to this line. */
  @Column('integer', { default: 0 })
  position: number;

  /** Grows whenever a worker claims the import. Only the worker with the current one may write. */
  @Column('integer', { default: 0 })
  attempt: number;

  @Column('timestamptz', { name: 'leased_until', nullable: true })
  leasedUntil: Date | null;
}
