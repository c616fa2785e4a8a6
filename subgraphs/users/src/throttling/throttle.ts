import type { KeyObject } from 'node:crypto';
import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type { AuthContext } from '@kit/auth';
import { normalizeEmail } from '@kit/mail';
import { CONFIG, LOGGER, networkOf } from '@kit/service';
import type { Logger } from 'pino';
import type { Pool } from 'pg';
import { RateLimiterPostgres, RateLimiterRes } from 'rate-limiter-flexible';
import type { Config } from '../config.js';
import type { AuthFault } from '../errors/auth-fault.js';
import { throttleKey, throttleSecret } from './throttle-key.js';
import { throttlePool } from './throttle-pool.js';
import { KeyedQueue } from './keyed-queue.js';
import { PendingAttempts } from './pending-attempts.js';

/** Locks the rows in the order of their keys, to avoid deadlocks. */
const GIVE_BACK = `
  UPDATE throttle SET points = points - 1
  FROM (SELECT key FROM throttle WHERE key = ANY ($1) AND expire > $2 ORDER BY key FOR UPDATE) AS taken
  WHERE throttle.key = taken.key`;

/** A guess that was counted and may be verified. */
export interface Guess {
  readonly fault: null;
  /** Call it with the result: only a wrong guess stays counted. It never fails. */
  end(isWrong: boolean): Promise<void>;
}

interface RejectedGuess {
  readonly fault: AuthFault;
  /** The ends of the guesses that were pending at the counter that rejected this one. */
  readonly pending: readonly Promise<void>[];
}

/** A counted attempt that can be taken back. */
interface Counted {
  readonly fault: null;
  giveBack(): Promise<void>;
}

/** A counter of attempts. */
interface Counter {
  readonly limiter: RateLimiterPostgres;
  readonly key: string;
}

interface Rejected {
  readonly fault: AuthFault;
  readonly rejectedBy: Counter;
}

/** Limits attempts on accounts, over all processes. */
@Injectable()
export class Throttle implements OnApplicationShutdown {
  private readonly secret: KeyObject;
  private readonly pool: Pool;
  private readonly pendingGuesses = new PendingAttempts();
  private readonly queue = new KeyedQueue();
  private readonly guessesAtAccountFromNetwork: RateLimiterPostgres;
  private readonly guessesAtAccount: RateLimiterPostgres;
  private readonly resetsOfAccountFromNetwork: RateLimiterPostgres;
  private readonly resetsOfAccount: RateLimiterPostgres;
  private readonly registrationsOfAddress: RateLimiterPostgres;
  private readonly network: RateLimiterPostgres;

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {
    const { ATTEMPTS_PER_ACCOUNT_AND_ADDRESS, ATTEMPTS_PER_ACCOUNT, ATTEMPTS_PER_ADDRESS } = config;
    this.secret = throttleSecret(config.SIGNING_KEY_SECRET);
    this.pool = throttlePool(config, logger);
    this.guessesAtAccountFromNetwork = this.limiter('account-network', ATTEMPTS_PER_ACCOUNT_AND_ADDRESS);
    this.guessesAtAccount = this.limiter('account', ATTEMPTS_PER_ACCOUNT);
    this.resetsOfAccountFromNetwork = this.limiter('reset-network', ATTEMPTS_PER_ACCOUNT_AND_ADDRESS);
    this.resetsOfAccount = this.limiter('reset', ATTEMPTS_PER_ACCOUNT);
    this.registrationsOfAddress = this.limiter('mail', ATTEMPTS_PER_ACCOUNT_AND_ADDRESS);
    this.network = this.limiter('network', ATTEMPTS_PER_ADDRESS);
  }

  /**
   * Counts a guess at the password of an address, whether or not it has an account. The guess is counted before it is
   * verified, so that concurrent guesses cannot exceed the limit, and a right one is taken back. A network reaches its
   * own limits before it uses up the limit of the account. A guess that would be rejected waits while this process
   * verifies others at the same counter, because they may be right and taken back.
   */
  async guess(by: AuthContext, email: string): Promise<Guess | RejectedGuess> {
    const counters = this.countersOfGuess(by, email);
    // One of a network at a time: even a rejected guess counts for a moment, and must not cause other rejections.
    const key = networkBehind(by) ?? accountOf(email);
    for (;;) {
      const guess = await this.queue.run(key, () => this.countGuess(counters));
      if (guess.fault === null || guess.pending.length === 0) return guess;
      await Promise.race(guess.pending);
    }
  }

  /** Counts a registration, whether or not the address has an account. */
  async registration(by: AuthContext, email: string): Promise<AuthFault | null> {
    const network = networkBehind(by);
    const counters = [this.counter(this.registrationsOfAddress, accountOf(email))];
    if (network !== null) counters.unshift(this.counter(this.network, network));
    return (await this.take(counters)).fault;
  }

  /**
   * Counts a request for a password reset, whether or not the address has an account. Registrations have their own
   * counter: their mails contain no reset link, so with a shared one an attacker could lock the owner out. Every
   * accepted request mails the owner a link.
   */
  async reset(by: AuthContext, email: string): Promise<AuthFault | null> {
    return (await this.take(this.countersOfReset(by, email))).fault;
  }

  /** Clears the counters of an account once its owner has proved ownership. */
  async forgive(by: AuthContext, email: string): Promise<void> {
    const all = [...this.countersOfGuess(by, email), ...this.countersOfReset(by, email)];
    const counters = all.filter(({ limiter }) => limiter !== this.network);
    await Promise.all(counters.map(({ limiter, key }) => limiter.delete(key)));
  }

  async onApplicationShutdown(): Promise<void> {
    await this.pool.end();
  }

  /** `Trimmer` deletes expired rows: the library would do it with timers that outlive the pool. */
  private limiter(keyPrefix: string, points: number): RateLimiterPostgres {
    return new RateLimiterPostgres({
      storeClient: this.pool,
      storeType: 'pool',
      tableName: 'throttle',
      tableCreated: true,
      clearExpiredByTimeout: false,
      keyPrefix,
      points,
      duration: this.config.ATTEMPTS_SECONDS,
    });
  }

  private countersOfGuess(by: AuthContext, email: string): Counter[] {
    return this.countersAt(this.guessesAtAccountFromNetwork, this.guessesAtAccount, by, email);
  }

  private countersOfReset(by: AuthContext, email: string): Counter[] {
    return this.countersAt(this.resetsOfAccountFromNetwork, this.resetsOfAccount, by, email);
  }

  /** From the narrowest to the widest, so that a rejected attempt does not use up limits that others share. */
  private countersAt(
    fromNetwork: RateLimiterPostgres,
    fromEverywhere: RateLimiterPostgres,
    by: AuthContext,
    email: string,
  ): Counter[] {
    const account = accountOf(email);
    const network = networkBehind(by);
    const ofAccount = this.counter(fromEverywhere, account);
    if (network === null) return [ofAccount];
    return [this.counter(fromNetwork, account, network), this.counter(this.network, network), ofAccount];
  }

  private counter(limiter: RateLimiterPostgres, ...whose: readonly string[]): Counter {
    return { limiter, key: throttleKey(this.secret, ...whose) };
  }

  private async countGuess(counters: readonly Counter[]): Promise<Guess | RejectedGuess> {
    const rows = counters.map(rowOf);
    // Read before counting: a guess that ends in the meantime may have caused the rejection.
    const before = new Map(rows.map((row) => [row, this.pendingGuesses.at(row)]));
    const counted = await this.take(counters);
    if (counted.fault !== null) {
      return { fault: counted.fault, pending: before.get(rowOf(counted.rejectedBy)) ?? [] };
    }
    const ended = this.pendingGuesses.begin(rows);
    const end = async (isWrong: boolean) => {
      if (!isWrong) await counted.giveBack();
      ended();
    };
    return { fault: null, end };
  }

  /** A rejected attempt counts at no counter, so it cannot cause other rejections. */
  private async take(counters: readonly Counter[]): Promise<Counted | Rejected> {
    const taken: (Counter & { until: number })[] = [];
    const giveBack = () => this.giveBack(taken);
    for (const counter of counters) {
      const { msBeforeNext, rejected } = await consume(counter);
      taken.push({ ...counter, until: Date.now() + msBeforeNext });
      if (rejected) {
        await giveBack();
        return { fault: tooManyAttempts(msBeforeNext), rejectedBy: counter };
      }
    }
    return { fault: null, giveBack };
  }

  /** In one statement, which the library does not offer, because every login needs it. */
  private async giveBack(taken: readonly (Counter & { until: number })[]): Promise<void> {
    const now = Date.now();
    // An expired counter has been reset: taking the attempt back would allow one more in the new window.
    const current = taken.filter(({ until }) => now < until);
    const keys = current.map(rowOf);
    try {
      await this.pool.query({ name: 'give-back', text: GIVE_BACK, values: [keys, now] });
    } catch (error) {
      this.logger.warn({ err: error }, 'an attempt could not be taken back and stays counted');
    }
  }
}

/** The key of its row. */
function rowOf({ limiter, key }: Counter): string {
  return limiter.getKey(key);
}

/** The same for all spellings of an address. */
function accountOf(email: string): string {
  return normalizeEmail(email) ?? email;
}

function networkBehind({ origin }: AuthContext): string | null {
  return origin?.ip ? networkOf(origin.ip) : null;
}

/** @throws Error when the database fails, so that the attempt is not made */
async function consume({ limiter, key }: Counter): Promise<{ msBeforeNext: number; rejected: boolean }> {
  try {
    const { msBeforeNext } = await limiter.consume(key);
    return { msBeforeNext, rejected: false };
  } catch (rejection) {
    if (!(rejection instanceof RateLimiterRes)) throw rejection;
    return { msBeforeNext: rejection.msBeforeNext, rejected: true };
  }
}

function tooManyAttempts(msBeforeNext: number): AuthFault {
  return {
    code: 'RATE_LIMITED',
    message: 'There were too many attempts. Try again later.',
    retryAfterSeconds: Math.max(1, Math.ceil(msBeforeNext / 1_000)),
  };
}
