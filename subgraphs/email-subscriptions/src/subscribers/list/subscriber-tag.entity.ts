import { Entity, PrimaryColumn } from 'typeorm';

/** An index of tags in the order of addition. Triggers of `subscribers` write it. */
@Entity('subscriber_tags')
export class SubscriberTagEntity {
  @PrimaryColumn({ type: 'text', collation: 'C', primaryKeyConstraintName: 'subscriber_tags_pkey' })
  tag: string;

  @PrimaryColumn({
    type: 'timestamptz',
    name: 'added_at',
    precision: 3,
    primaryKeyConstraintName: 'subscriber_tags_pkey',
  })
  addedAt: Date;

  /** The id of the subscriber. */
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'subscriber_tags_pkey' })
  id: string;
}
