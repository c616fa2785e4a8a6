import { Check, Column, Entity, Index, PrimaryColumn, Unique } from 'typeorm';
import type { Role } from '../roles.js';

/** A row of `users`. It stays in the services: the GraphQL type shows what others may see of it. */
@Entity('users')
@Unique('users_email_normalized_key', ['emailNormalized'])
// TypeORM cannot say "gin (… gin_trgm_ops)": the migration makes this one, and generated ones leave it alone.
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

  /** The form that makes it unique; see `normalizeEmail`. `unclaimed:` and the id while the account has no valid address. */
  @Column('text', { name: 'email_normalized' })
  emailNormalized: string;

  @Column('text', { name: 'display_name' })
  displayName: string;

  /** Read only where a password is checked. */
  @Column('text', { name: 'password_hash', select: false })
  passwordHash?: string;

  @Column('text', { array: true })
  roles: Role[];

  @Column('timestamptz', { name: 'created_at' })
  createdAt: Date;

  /** When somebody has proved that they read its mail; null while nobody has. */
  @Column('timestamptz', { name: 'email_verified_at', nullable: true })
  emailVerifiedAt: Date | null;

  /** What a text query looks through: `searchText` of address and name. */
  @Column('text', { name: 'search_text' })
  searchText: string;
}
