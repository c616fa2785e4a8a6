import { Check, Column, Entity, Index, PrimaryColumn, Unique } from 'typeorm';
import type { Role } from '../roles.js';

/** A row of `users`. `UserType` is the part of it that clients can see. */
@Entity('users')
@Unique('users_email_normalized_key', ['emailNormalized'])
// TypeORM cannot declare "gin (… gin_trgm_ops)". A migration creates this index, and generated migrations ignore it.
@Index('users_search_text_idx', { synchronize: false })
@Check('users_email_check', 'char_length(email) <= 254')
@Check('users_display_name_check', 'char_length(display_name) BETWEEN 1 AND 100')
@Check('users_roles_check', `roles <@ ARRAY['OWNER', 'ADMIN', 'EDITOR', 'READER']`)
export class UserEntity {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'users_pkey' })
  id: string;

  /** As typed, trimmed. */
  @Column('text')
  email: string;

  /** The unique form of the address (`normalizeEmail`), or `unclaimed:` and the id if the address is invalid. */
  @Column('text', { name: 'email_normalized' })
  emailNormalized: string;

  @Column('text', { name: 'display_name' })
  displayName: string;

  /** Loaded only to check a password. */
  @Column('text', { name: 'password_hash', select: false })
  passwordHash?: string;

  @Column('text', { array: true })
  roles: Role[];

  @Column('timestamptz', { name: 'created_at' })
  createdAt: Date;

  /** The time at which the user proved to receive mail at this address. Null if not yet verified. */
  @Column('timestamptz', { name: 'email_verified_at', nullable: true })
  emailVerifiedAt: Date | null;

  /** The text that a query searches: `searchText` of address and name. */
  @Column('text', { name: 'search_text' })
  searchText: string;
}
