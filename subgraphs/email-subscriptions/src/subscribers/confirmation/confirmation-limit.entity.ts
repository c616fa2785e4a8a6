import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A row of `confirmation_limits`: the confirmation mails to an address that it has not confirmed. */
@Entity('confirmation_limits')
export class ConfirmationLimitEntity {
  /** A keyed hash of the normal form; see `SubscriberKeys.addressHash`. */
  @PrimaryColumn('bytea', { primaryKeyConstraintName: 'confirmation_limits_pkey' })
  hash: Buffer;

  @Column('integer')
  mails: number;

  @Column('timestamptz', { name: 'last_mail_at' })
  lastMailAt: Date;
}
