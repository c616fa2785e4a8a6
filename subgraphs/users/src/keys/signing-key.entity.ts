import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A row of `signing_keys`: a key that signs access tokens. */
@Entity('signing_keys')
export class SigningKeyEntity {
  /** The JWK thumbprint of the public key. */
  @PrimaryColumn('text', { primaryKeyConstraintName: 'signing_keys_pkey' })
  kid: string;

  /** The private key, as encrypted by `sealPrivateKey`. */
  @Column('bytea', { name: 'sealed_private_key' })
  sealedPrivateKey: Buffer;

  @Column('timestamptz', { name: 'created_at' })
  createdAt: Date;

  /** It signs from this time on, until a newer key does. It is published earlier, for gateways to load it. */
  @Column('timestamptz', { name: 'signs_from' })
  signsFrom: Date;
}
