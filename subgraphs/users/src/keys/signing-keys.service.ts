import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import type { SigningKey } from '@supergraph/auth-context/access-token';
import type { Logger } from 'pino';
import { DataSource } from 'typeorm';
import { LOGGER, SETTINGS, type Settings } from '../core.module.js';
import { SIGNING_KEY_LOCK } from '../database/advisory-locks.js';
import { KeyRing } from './key-ring.js';
import type { PublicJwk } from './public-jwk.js';
import { explainSeal, sealSecrets } from './seal-secrets.js';
import { addKey, deleteEndedKeys, readKeys, resealKeys, type StoredKey } from './stored-keys.js';

/** The keys that access tokens are signed with. They live in the database, so that all replicas share them. */
@Injectable()
export class SigningKeys implements OnModuleDestroy {
  private ring: KeyRing | undefined;
  private timer: NodeJS.Timeout | undefined;
  private refreshing: Promise<void> | undefined;
  private stopped = false;

  constructor(
    private readonly dataSource: DataSource,
    @Inject(SETTINGS) private readonly settings: Settings,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /**
   * Reads the keys, and from then on again and again. Makes the first one at the very first start; of replicas that
   * start together, one makes it.
   * @throws StartUpError when a key was sealed with neither SIGNING_KEY_SECRET nor SIGNING_KEY_SECRET_PREVIOUS
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

  /** What to sign with now. */
  current(): SigningKey {
    return this.loaded().signer();
  }

  /** The public halves of every key that a token may be signed with that lives, or will soon. */
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
    }, this.settings.SIGNING_KEYS_REFRESH_MS).unref();
  }

  /** While the database is away the keys stay as they are, and sign when their time comes. */
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
    const { secret, previousSecrets } = sealSecrets(this.settings);
    this.ring = KeyRing.open(stored, [secret, ...previousSecrets], this.ring, (error) =>
      this.logger.error({ err: error }, 'a signing key is left out'),
    );
  }

  private prepare(): Promise<StoredKey[]> {
    const { secret, previousSecrets } = sealSecrets(this.settings);
    return this.dataSource.transaction(async (manager) => {
      await manager.query('SELECT pg_advisory_xact_lock($1)', [SIGNING_KEY_LOCK]);
      await deleteEndedKeys(manager);
      await resealKeys(manager, secret, previousSecrets);
      const stored = await readKeys(manager);
      if (stored.length > 0) return stored;
      // Nobody has a token yet that another key has signed, so nobody needs to learn of this one first.
      await addKey(manager, 0, secret);
      return readKeys(manager);
    });
  }
}
