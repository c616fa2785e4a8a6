import { Column, Entity, PrimaryColumn } from 'typeorm';

/** The changes that happened in a quarter of an hour of UTC, as far as they are counted. */
@Entity('subscriber_figures')
export class SubscriberFiguresEntity {
  /** The start of the quarter of an hour. */
  @PrimaryColumn('timestamptz', { primaryKeyConstraintName: 'subscriber_figures_pkey' })
  quarter: Date;

  @Column('integer')
  added: number;

  @Column('integer')
  confirmed: number;

  @Column('integer')
  unsubscribed: number;

  @Column('integer')
  bounced: number;

  @Column('integer')
  complained: number;

  @Column('integer')
  erased: number;
}
