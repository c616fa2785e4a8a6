import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';

/** A change of the number of subscribers with a tag, until the sum is in `tag_counts`. */
@Entity('tag_changes')
export class TagChangeEntity {
  @PrimaryGeneratedColumn('identity', {
    type: 'bigint',
    generatedIdentity: 'ALWAYS',
    primaryKeyConstraintName: 'tag_changes_pkey',
  })
  id: string;

  @Column({ type: 'text', collation: 'C' })
  tag: string;

  @Column('integer')
  delta: number;
}
