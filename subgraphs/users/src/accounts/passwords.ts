import { CONFIG, LOGGER } from '@kit/service';
import { availableParallelism } from 'node:os';
import { Inject, Injectable } from '@nestjs/common';
import type { Logger } from 'pino';
import type { Config } from '../config.js';
import { PasswordHasher } from './password.js';
import { HashQueue } from './hash-queue.js';

/**
 * A hash takes 19 MiB and one core. One more than there are cores keeps every core busy between two hashes. At most 3,
 * because libuv has four threads, and DNS lookups need one.
 */
const HASHES_AT_ONCE = Math.min(availableParallelism() + 1, 3);

/** Enough requests to keep the hash queue filled while others read from the database. */
const REQUESTS_AT_ONCE = 4 * HASHES_AT_ONCE;

/** Hashes and verifies passwords, with a limit on how many run at once in this process. */
@Injectable()
export class Passwords {
  private readonly hashes = new HashQueue(HASHES_AT_ONCE);
  private readonly requests = new HashQueue(REQUESTS_AT_ONCE);
  private readonly hasher: PasswordHasher;

  constructor(
    @Inject(CONFIG) config: Config,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {
    this.hasher = new PasswordHasher(config.PASSWORD_HASH_COST);
  }

  /**
   * Runs a request that needs a hash when it reaches the front of the queue. Without the queue, hundreds of
   * simultaneous logins would take all database connections.
   * @throws TooBusy
   */
  inTurn<T>(work: () => Promise<T>): Promise<T> {
    return this.requests.run(work);
  }

  /**
   * Hashes a password with a new salt. Returns an argon2id hash in PHC string format.
   * @throws TooBusy
   */
  hash(password: string): Promise<string> {
    return this.hashes.run(() => this.hasher.hash(password));
  }

  /**
   * Whether a password matches a hash. Without a hash, or with a malformed one, it takes as long and returns false.
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

  /** Whether a verified hash has other parameters than new hashes. */
  isOutdated(passwordHash: string): Promise<boolean> {
    return this.hasher.isOutdated(passwordHash);
  }
}
