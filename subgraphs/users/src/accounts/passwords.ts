import { availableParallelism } from 'node:os';
import { Inject, Injectable } from '@nestjs/common';
import type { Logger } from 'pino';
import { LOGGER, SETTINGS, type Settings } from '../core.module.js';
import { PasswordHasher } from './password.js';
import { HashQueue } from './hash-queue.js';

/**
 * A hash takes 19 MiB and all of a core; one more than there are cores begins while nobody has time to start the next.
 * Nor may they take all four threads that libuv has for work such as this: no host name would be looked up meanwhile.
 */
const HASHES_AT_ONCE = Math.min(availableParallelism() + 1, 3);

/** Enough that there is always somebody to hash for while others are being looked up. */
const PEOPLE_AT_ONCE = 4 * HASHES_AT_ONCE;

/** All hashing of passwords in this process; it waits its turn. */
@Injectable()
export class Passwords {
  private readonly hashes = new HashQueue(HASHES_AT_ONCE);
  private readonly people = new HashQueue(PEOPLE_AT_ONCE);

  private readonly hasher: PasswordHasher;

  constructor(
    @Inject(SETTINGS) settings: Settings,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {
    this.hasher = new PasswordHasher(settings.PASSWORD_HASH_COST);
  }

  /**
   * Does what somebody wants that ends in a hash, when it is their turn: hundreds who came together would wait for
   * connections to the database otherwise, and everybody else behind them.
   * @throws TooBusy
   */
  inTurn<T>(work: () => Promise<T>): Promise<T> {
    return this.people.run(work);
  }

  /**
   * An argon2id hash in PHC string form, with a salt of its own.
   * @throws TooBusy
   */
  hash(password: string): Promise<string> {
    return this.hashes.run(() => this.hasher.hash(password));
  }

  /**
   * Whether the password is the one that was hashed; without a hash it takes as long and says no.
   * @throws TooBusy
   */
  verify(password: string, passwordHash: string | undefined): Promise<boolean> {
    return this.hashes.run(async () => {
      try {
        return await this.hasher.verify(password, passwordHash);
      } catch (error) {
        this.logger.error({ err: error }, 'a stored password hash cannot be read: its account cannot log in');
        return this.hasher.verify(password, undefined);
      }
    });
  }

  /** Whether a hash that a password was verified with was made with other parameters than new ones are. */
  isOutdated(passwordHash: string): Promise<boolean> {
    return this.hasher.isOutdated(passwordHash);
  }
}
