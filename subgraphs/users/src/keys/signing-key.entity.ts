import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A row of `signing_keys`: what access tokens are signed with. */
@Entity('signing_keys')
export class SigningKeyEntity {
  /** The JWK thumbprint of the public half. */
  @PrimaryColumn('text', { primaryKeyConstraintName: 'signing_keys_pkey' })
  kid: string;

  /** The private half, PKCS #8 DER, as `sealPrivateKey` seals it. */
  @Column('bytea', { name: 'sealed_private_key' })
  sealedPrivateKey: Buffer;

  @Column('timestamptz', { name: 'created_at' })
  createdAt: Date;

  /** From when on it signs, unless a younger one does: published before, so that every gateway knows it by then. */
  @Column('timestamptz', { name: 'signs_from' })
  signsFrom: Date;
}
