import { generateKeyPairSync } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import type { SigningKey } from '@supergraph/auth-context/access-token';
import { StartUpError } from '@supergraph/service/start-up';
import { DataSource, type EntityManager } from 'typeorm';
import { SETTINGS, type Settings } from '../core.module.js';
import { SIGNING_KEY_LOCK } from '../database/advisory-locks.js';
import { publicJwkOf, type PublicJwk } from './public-jwk.js';
import { openPrivateKey, sealPrivateKey, SealBroken } from './sealed-private-key.js';
import { SigningKeyEntity } from './signing-key.entity.js';

/** The key that access tokens are signed with. It lives in the database, so that all replicas share it. */
@Injectable()
export class SigningKeys {
  private key: SigningKey | undefined;

  constructor(
    private readonly dataSource: DataSource,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /**
   * Reads the key, or makes it at the very first start; of replicas that start together, one makes it.
   * @throws StartUpError when SIGNING_KEY_SECRET is not the one that the key was stored with
   */
  async load(): Promise<void> {
    this.key = await this.dataSource.transaction(async (manager) => {
      await manager.query('SELECT pg_advisory_xact_lock($1)', [SIGNING_KEY_LOCK]);
      return (await this.stored(manager)) ?? this.create(manager);
    });
  }

  /** What to sign with now. */
  current(): SigningKey {
    if (!this.key) throw new Error('the signing key is used before it was loaded');
    return this.key;
  }

  /** The public halves of every key that a valid token may be signed with. */
  published(): PublicJwk[] {
    return [publicJwkOf(this.current().privateKey)];
  }

  private async stored(manager: EntityManager): Promise<SigningKey | undefined> {
    const [row] = await manager.find(SigningKeyEntity, { order: { createdAt: 'DESC' }, take: 1 });
    if (!row) return undefined;
    try {
      return {
        kid: row.kid,
        privateKey: openPrivateKey(row.sealedPrivateKey, row.kid, this.settings.SIGNING_KEY_SECRET),
      };
    } catch (error) {
      if (!(error instanceof SealBroken)) throw error;
      throw new StartUpError(
        `${error.message} with this SIGNING_KEY_SECRET: start with the secret that the database was first used with`,
      );
    }
  }

  private async create(manager: EntityManager): Promise<SigningKey> {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const { kid } = publicJwkOf(privateKey);
    await manager.insert(SigningKeyEntity, {
      kid,
      sealedPrivateKey: sealPrivateKey(privateKey, kid, this.settings.SIGNING_KEY_SECRET),
      createdAt: new Date(),
      signsFrom: new Date(),
    });
    return { kid, privateKey };
  }
}
