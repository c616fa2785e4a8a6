import { Injectable } from '@nestjs/common';
import { hashPassword, passwordWeakness, verifyPassword } from './password.js';

/** All that is done with passwords in this process. */
@Injectable()
export class Passwords {
  /**
   * Why a password cannot be chosen, in words for people; null when it can.
   * @param personal what somebody who knows them would try first: their address, their name
   */
  weaknessOf(password: string, _personal: readonly string[]): string | null {
    return passwordWeakness(password);
  }

  /** An argon2id hash in PHC string form, with a salt of its own. */
  hash(password: string): Promise<string> {
    return hashPassword(password);
  }

  /** Whether the password is the one that was hashed; without a hash it takes as long and says no. */
  verify(password: string, passwordHash: string | undefined): Promise<boolean> {
    return verifyPassword(password, passwordHash);
  }
}
