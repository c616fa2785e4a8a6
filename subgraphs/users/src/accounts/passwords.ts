import { Inject, Injectable } from '@nestjs/common';
import type { Logger } from 'pino';
import { LOGGER } from '../core.module.js';
import type { AuthFault } from '../errors/auth-fault.js';
import { HashingQueue } from './hashing-queue.js';
import { hashPassword, isOutdated, verifyPassword } from './password.js';
import { passwordWeakness } from './password-weakness.js';

/** All that is done with passwords in this process; what takes long waits its turn. */
@Injectable()
export class Passwords {
  readonly #queue = new HashingQueue();

  constructor(@Inject(LOGGER) private readonly logger: Logger) {}

  /**
   * Why a password cannot be chosen, in words for people; null when it can.
   * @param personal what somebody who knows them would try first: their address, their name
   */
  weaknessOf(password: string, personal: readonly string[]): string | null {
    return passwordWeakness(password, personal);
  }

  /**
   * An argon2id hash in PHC string form, with a salt of its own.
   * @throws TooManyPasswords
   */
  hash(password: string): Promise<string> {
    return this.#queue.run(() => hashPassword(password));
  }

  /**
   * Whether the password is the one that was hashed; without a hash it takes as long and says no.
   * @throws TooManyPasswords
   */
  verify(password: string, passwordHash: string | undefined): Promise<boolean> {
    return this.#queue.run(async () => {
      try {
        return await verifyPassword(password, passwordHash);
      } catch (error) {
        this.logger.error({ err: error }, 'a stored password hash cannot be read: its account cannot log in');
        return verifyPassword(password, undefined);
      }
    });
  }

  /** Whether a hash that a password was verified with was made with other parameters than new ones are. */
  isOutdated(passwordHash: string): Promise<boolean> {
    return isOutdated(passwordHash);
  }

  /** The fault to tell, before any other work that would be in vain, when there are too many; null when there are not. */
  tooMany(): AuthFault | null {
    return this.#queue.refusal()?.fault ?? null;
  }
}
