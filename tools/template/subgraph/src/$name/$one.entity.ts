import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A row. Clients see it as the GraphQL type `$Item`. */
@Entity('$table')
export class $ItemEntity {
  /** UUIDv7, made by the service. Its order is the order of time. */
  @PrimaryColumn('uuid', { primaryKeyConstraintName: '$table_pkey' })
  id: string;

  @Column('text')
  text: string;

  /** The id of a user. */
  @Column('uuid', { name: 'author_id' })
  authorId: string;

  @Column({ type: 'timestamptz', name: 'added_at', precision: 3 })
  addedAt: Date;
}
