import { Check, Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { FilterFields } from '../list/subscriber-filter.js';
import type { ExportField, ExportFormat } from './export-fields.js';

/** An export that can be downloaded once. The row is deleted when the download starts. */
@Entity('subscriber_exports')
@Check('subscriber_exports_token_hash_check', 'octet_length(token_hash) = 32')
@Check('subscriber_exports_format_check', `format IN ('CSV', 'NDJSON')`)
export class SubscriberExportEntity {
  /** SHA-256 of the token. */
  @PrimaryColumn('bytea', { name: 'token_hash', primaryKeyConstraintName: 'subscriber_exports_pkey' })
  tokenHash: Buffer;

  @Column('text')
  format: ExportFormat;

  /** As the caller gave it, with times in ISO 8601. */
  @Column('jsonb')
  filter: FilterFields;

  @Column('text', { array: true })
  fields: ExportField[];

  /** The id of a user of the users subgraph. */
  @Column('uuid', { name: 'created_by' })
  createdBy: string;

  @Index('subscriber_exports_expires_at_idx')
  @Column({ type: 'timestamptz', name: 'expires_at', precision: 3 })
  expiresAt: Date;
}
