import { CONFIG, LOGGER } from '@kit/service';
import { Inject, Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { AuthContext } from '@kit/auth';
import { normalizeEmail } from '@kit/mail';
import type { Logger } from 'pino';
import type { Repository } from 'typeorm';
import { audit } from '../audit/audit-log.js';
import type { Config } from '../config.js';
import type { AuthFault } from '../errors/auth-fault.js';
import { Throttle } from '../throttling/throttle.js';
import { Passwords } from './passwords.js';
import { faultOfTooBusy } from './too-busy.js';
import { UserEntity } from './user.entity.js';
import { userWithHash } from './user-with-hash.js';

/** The same for an unknown address and a wrong password, so that it does not reveal which addresses have an account. */
export const INVALID_CREDENTIALS: AuthFault = {
  code: 'INVALID_CREDENTIALS',
  message: 'The e-mail address or the password is wrong.',
};

const EMAIL_NOT_VERIFIED: AuthFault = {
  code: 'EMAIL_NOT_VERIFIED',
  message:
    'The e-mail address is not verified. Open the link in the mail that you received, or reset the password, which verifies the address too.',
};

type Proof = { user: UserEntity; password: string; fault: null } | { fault: AuthFault };

/** One attempt at the password of an account. Several candidates count as one attempt. */
interface Guess {
  readonly email: string;
  readonly find: () => Promise<UserEntity | null>;
  readonly candidates: readonly string[];
  readonly by: AuthContext;
  /** Whether a logged-in user confirms their own password. */
  readonly loggedIn: boolean;
}

/** Checks passwords, and limits the attempts at each account. */
@Injectable()
export class Credentials {
  constructor(
    @InjectRepository(UserEntity) private readonly users: Repository<UserEntity>,
    private readonly passwords: Passwords,
    private readonly throttle: Throttle,
    @Inject(CONFIG) private readonly config: Config,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /**
   * Finds the account with this address and password.
   * @returns INVALID_CREDENTIALS, after the same time, for an unknown address and a wrong password; RATE_LIMITED after
   *   too many wrong attempts; EMAIL_NOT_VERIFIED if the address must be verified first
   */
  async authenticate(email: string, password: string, by: AuthContext): Promise<Proof> {
    const emailNormalized = normalizeEmail(email);
    const find = async () =>
      emailNormalized === null ? null : userWithHash(this.users.manager, { emailNormalized });
    const proof = await this.prove({ email, find, candidates: [password], by, loggedIn: false });
    if (proof.fault) return proof;
    await this.renewHash(proof.user, password);
    const isVerified = proof.user.emailVerifiedAt !== null;
    if (this.config.REQUIRE_VERIFIED_EMAIL && !isVerified) {
      const detail = { loggedIn: false, unverified: true };
      await audit(this.users.manager, by, { action: 'LOGIN_FAILED', subjectId: proof.user.id, detail });
      return { fault: EMAIL_NOT_VERIFIED };
    }
    return proof;
  }

  /**
   * Finds the candidate that is the password of a user who was identified in another way, by an access token or a
   * mailed link. Attempts count with the logins, so that the thief of a token or link cannot guess without limit.
   * @param user with the password hash
   * @returns INVALID_CREDENTIALS if no candidate matches
   */
  async confirm(
    user: UserEntity,
    candidates: readonly string[],
    by: AuthContext,
  ): Promise<{ password: string; fault: null } | { fault: AuthFault }> {
    const { emailNormalized: email } = user;
    return this.prove({ email, find: async () => user, candidates, by, loggedIn: by.viewer !== null });
  }

  private async prove(guess: Guess): Promise<Proof> {
    try {
      return await this.passwords.inTurn(() => this.proveWithinLimit(guess));
    } catch (error) {
      return { fault: faultOfTooBusy(error) };
    }
  }

  /** The attempt is counted first, and no longer counts if it was right or failed for another reason. */
  private async proveWithinLimit(guess: Guess): Promise<Proof> {
    const attempt = await this.throttle.guess(guess.by, guess.email);
    if (attempt.fault) {
      this.logger.info('password not checked: too many attempts');
      return attempt;
    }
    let isWrong = false;
    try {
      const user = await guess.find();
      const password = await this.firstMatch(guess.candidates, user?.passwordHash);
      isWrong = password === null;
      if (user && password !== null) return { user, password, fault: null };
      await this.recordFailure(guess, user?.id);
      return { fault: INVALID_CREDENTIALS };
    } finally {
      await attempt.end(isWrong);
    }
  }

  private async firstMatch(
    candidates: readonly string[],
    passwordHash: string | undefined,
  ): Promise<string | null> {
    for (const password of candidates) {
      if (await this.passwords.verify(password, passwordHash)) return password;
    }
    return null;
  }

  private async recordFailure({ by, loggedIn }: Guess, userId: string | undefined): Promise<void> {
    this.logger.info({ userId }, loggedIn ? 'password not confirmed' : 'login failed');
    const detail = { loggedIn };
    await audit(this.users.manager, by, { action: 'LOGIN_FAILED', subjectId: userId ?? null, detail });
  }

  /** Rehashes the password with the current parameters, unless it was changed in the meantime. */
  private async renewHash(user: UserEntity, password: string): Promise<void> {
    const { id, passwordHash } = user;
    if (!passwordHash || !(await this.passwords.isOutdated(passwordHash))) return;
    try {
      const renewed = await this.passwords.hash(password);
      const { affected } = await this.users.update({ id, passwordHash }, { passwordHash: renewed });
      if (affected !== 1) return;
      user.passwordHash = renewed;
      this.logger.info({ userId: id }, 'password rehashed');
    } catch (error) {
      this.logger.warn(
        { err: error, userId: id },
        'the password was not rehashed: the next login tries again',
      );
    }
  }
}
