import { CONFIG, LOGGER } from '@kit/service';
import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import type { SigningKey } from '@kit/auth';
import type { Logger } from 'pino';
import { DataSource } from 'typeorm';
import type { Config } from '../config.js';
import { SIGNING_KEY_LOCK } from '../database/advisory-locks.js';
import { KeyRing } from './key-ring.js';
import type { PublicJwk } from './public-jwk.js';
import { explainSeal, sealSecrets } from './seal-secrets.js';
import { addKey, deleteEndedKeys, readKeys, resealKeys, type StoredKey } from './stored-keys.js';

/** The keys that sign access tokens. They are in the database, so that all replicas share them. */
@Injectable()
export class SigningKeys implements OnModuleDestroy {
  private ring: KeyRing | undefined;
  private timer: NodeJS.Timeout | undefined;
  private refreshing: Promise<void> | undefined;
  private stopped = false;

  constructor(
    private readonly dataSource: DataSource,
    @Inject(CONFIG) private readonly config: Config,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /**
   * Loads the keys, and then reloads them periodically. The first start creates the first key. If several replicas
   * start at the same time, one of them does.
   * @throws StartUpError if SIGNING_KEY_SECRET and SIGNING_KEY_SECRET_PREVIOUS both fail to decrypt a key
   */
  async load(): Promise<void> {
    try {
      this.open(await this.prepare());
    } catch (error) {
      throw explainSeal(error);
    }
    this.planRefresh();
  }

  async onModuleDestroy(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    await this.refreshing;
  }

  /** The key to sign with. */
  current(): SigningKey {
    return this.loaded().signer();
  }

  /** The public keys for all valid tokens, and those of keys that will sign later. */
  published(): PublicJwk[] {
    return this.loaded().published();
  }

  private loaded(): KeyRing {
    if (!this.ring) throw new Error('the signing keys are used before they were loaded');
    return this.ring;
  }

  private planRefresh(): void {
    if (this.stopped) return;
    this.timer = setTimeout(() => {
      this.refreshing = this.refresh().finally(() => this.planRefresh());
    }, this.config.SIGNING_KEYS_REFRESH_MS).unref();
  }

  /** While the database is unavailable, the loaded keys remain in use. */
  private async refresh(): Promise<void> {
    try {
      const ended = await deleteEndedKeys(this.dataSource);
      if (ended.length > 0)
        this.logger.info({ kids: ended }, 'signing keys deleted: all tokens that they signed have expired');
      const stored = await readKeys(this.dataSource);
      this.open(stored.length > 0 ? stored : await this.prepare());
    } catch (error) {
      this.logger.warn({ err: error }, 'signing keys could not be read again');
    }
  }

  private open(stored: readonly StoredKey[]): void {
    const { secret, previousSecrets } = sealSecrets(this.config);
    this.ring = KeyRing.open(stored, [secret, ...previousSecrets], this.ring, (error) =>
      this.logger.error({ err: error }, 'a signing key is left out'),
    );
  }

  private prepare(): Promise<StoredKey[]> {
    const { secret, previousSecrets } = sealSecrets(this.config);
    return this.dataSource.transaction(async (manager) => {
      await manager.query('SELECT pg_advisory_xact_lock($1)', [SIGNING_KEY_LOCK]);
      await deleteEndedKeys(manager);
      await resealKeys(manager, secret, previousSecrets);
      const stored = await readKeys(manager);
      if (stored.length > 0) return stored;
      // The first key signs at once, since no verifier has cached a key set yet.
      await addKey(manager, 0, secret);
      return readKeys(manager);
    });
  }
}
