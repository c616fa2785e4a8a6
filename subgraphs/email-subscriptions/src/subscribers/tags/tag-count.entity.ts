import { Column, Entity, PrimaryColumn } from 'typeorm';

/** The number of subscribers with a tag, without the rows of `tag_changes`. It can be negative until they are added. */
@Entity('tag_counts')
export class TagCountEntity {
  @PrimaryColumn('text', { collation: 'C', primaryKeyConstraintName: 'tag_counts_pkey' })
  tag: string;

  @Column('bigint')
  subscribers: string;
}
