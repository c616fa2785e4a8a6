import type { KeyObject } from 'node:crypto';
import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type { AuthContext } from '@supergraph/auth-context/auth-context';
import { normalizeEmail } from '@supergraph/service/email-address';
import { networkOf } from '@supergraph/service/network';
import type { Logger } from 'pino';
import type { Pool } from 'pg';
import { RateLimiterPostgres, RateLimiterRes } from 'rate-limiter-flexible';
import { LOGGER, SETTINGS, type Settings } from '../core.module.js';
import type { AuthFault } from '../errors/auth-fault.js';
import { throttleKey, throttleSecret } from './throttle-key.js';
import { throttlePool } from './throttle-pool.js';
import { OneAtATime } from './one-at-a-time.js';
import { PendingAttempts } from './pending-attempts.js';

/** Locks in the order of the keys, so that no two of them wait for each other. */
const GIVE_BACK = `
  UPDATE throttle SET points = points - 1
  FROM (SELECT key FROM throttle WHERE key = ANY ($1) AND expire > $2 ORDER BY key FOR UPDATE) AS taken
  WHERE throttle.key = taken.key`;

/** A guess that has been counted. */
export interface Guess {
  readonly fault: null;
  /** Says how it ended: only a wrong one stays counted. Never fails. */
  end(isWrong: boolean): Promise<void>;
}

interface RefusedGuess {
  readonly fault: AuthFault;
  /** The ends of guesses that counted where this one was refused, and were being looked at. */
  readonly inTheWay: readonly Promise<void>[];
}

/** What has been counted, and may be taken back. */
interface Counted {
  readonly fault: null;
  giveBack(): Promise<void>;
}

/** Where an attempt counts. */
interface Count {
  readonly limiter: RateLimiterPostgres;
  readonly key: string;
}

interface Refused {
  readonly fault: AuthFault;
  readonly refusedBy: Count;
}

/** How often anybody may try what only the one whose account it is should, in all processes together. */
@Injectable()
export class Throttle implements OnApplicationShutdown {
  private readonly secret: KeyObject;
  private readonly pool: Pool;
  private readonly underWay = new PendingAttempts();
  private readonly oneAtATime = new OneAtATime();
  private readonly guessesAtAccountFromNetwork: RateLimiterPostgres;
  private readonly guessesAtAccount: RateLimiterPostgres;
  private readonly resetsOfAccountFromNetwork: RateLimiterPostgres;
  private readonly resetsOfAccount: RateLimiterPostgres;
  private readonly registrationsOfAddress: RateLimiterPostgres;
  private readonly network: RateLimiterPostgres;

  constructor(
    @Inject(SETTINGS) private readonly settings: Settings,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {
    const { ATTEMPTS_PER_ACCOUNT_AND_ADDRESS, ATTEMPTS_PER_ACCOUNT, ATTEMPTS_PER_ADDRESS } = settings;
    this.secret = throttleSecret(settings.SIGNING_KEY_SECRET);
    this.pool = throttlePool(settings, logger);
    this.guessesAtAccountFromNetwork = this.limiter('account-network', ATTEMPTS_PER_ACCOUNT_AND_ADDRESS);
    this.guessesAtAccount = this.limiter('account', ATTEMPTS_PER_ACCOUNT);
    this.resetsOfAccountFromNetwork = this.limiter('reset-network', ATTEMPTS_PER_ACCOUNT_AND_ADDRESS);
    this.resetsOfAccount = this.limiter('reset', ATTEMPTS_PER_ACCOUNT);
    this.registrationsOfAddress = this.limiter('mail', ATTEMPTS_PER_ACCOUNT_AND_ADDRESS);
    this.network = this.limiter('network', ATTEMPTS_PER_ADDRESS);
  }

  /**
   * Counts a guess at the password of an address, whether or not it has an account. It counts before it is looked at,
   * so that guesses that come together are not too many together; who was right gives it back. One network is stopped
   * at its own limits, before it can use up what an account has for everybody. Nobody is refused for guesses that may
   * yet turn out right: if this process was looking at one that counts where somebody would be refused, they wait.
   */
  async guess(by: AuthContext, email: string): Promise<Guess | RefusedGuess> {
    const counts = this.countsOfGuess(by, email);
    // One of a network at a time, so that nobody is refused for what only counts until it is refused itself.
    const whose = networkBehind(by) ?? accountOf(email);
    for (;;) {
      const guess = await this.oneAtATime.run(whose, () => this.countGuess(counts));
      if (guess.fault === null || guess.inTheWay.length === 0) return guess;
      await Promise.race(guess.inTheWay);
    }
  }

  /** Counts a registration, whether or not the address has an account. */
  async registration(by: AuthContext, email: string): Promise<AuthFault | null> {
    const network = networkBehind(by);
    const counts = [this.count(this.registrationsOfAddress, accountOf(email))];
    if (network !== null) counts.unshift(this.count(this.network, network));
    return (await this.take(counts)).fault;
  }

  /**
   * Counts that somebody asks for a reset, whether or not the address has an account. Registrations count elsewhere:
   * their mails hold no link, so anybody could keep an owner from the way back in by them. Each reset that is counted
   * here has sent the owner one.
   */
  async reset(by: AuthContext, email: string): Promise<AuthFault | null> {
    return (await this.take(this.countsOfReset(by, email))).fault;
  }

  /** Lets whoever has just shown that an account is theirs in again, whatever others tried at it, and however often. */
  async forgive(by: AuthContext, email: string): Promise<void> {
    const all = [...this.countsOfGuess(by, email), ...this.countsOfReset(by, email)];
    const counts = all.filter(({ limiter }) => limiter !== this.network);
    await Promise.all(counts.map(({ limiter, key }) => limiter.delete(key)));
  }

  async onApplicationShutdown(): Promise<void> {
    await this.pool.end();
  }

  /** What is over is trimmed with everything else; the library would do it on timers that outlive the pool. */
  private limiter(keyPrefix: string, points: number): RateLimiterPostgres {
    return new RateLimiterPostgres({
      storeClient: this.pool,
      storeType: 'pool',
      tableName: 'throttle',
      tableCreated: true,
      clearExpiredByTimeout: false,
      keyPrefix,
      points,
      duration: this.settings.ATTEMPTS_SECONDS,
    });
  }

  private countsOfGuess(by: AuthContext, email: string): Count[] {
    return this.countsAt(this.guessesAtAccountFromNetwork, this.guessesAtAccount, by, email);
  }

  private countsOfReset(by: AuthContext, email: string): Count[] {
    return this.countsAt(this.resetsOfAccountFromNetwork, this.resetsOfAccount, by, email);
  }

  /** From the narrowest to the widest, so that whoever is stopped early uses up nothing of what others share. */
  private countsAt(
    fromNetwork: RateLimiterPostgres,
    fromEverywhere: RateLimiterPostgres,
    by: AuthContext,
    email: string,
  ): Count[] {
    const account = accountOf(email);
    const network = networkBehind(by);
    const ofAccount = this.count(fromEverywhere, account);
    if (network === null) return [ofAccount];
    return [this.count(fromNetwork, account, network), this.count(this.network, network), ofAccount];
  }

  private count(limiter: RateLimiterPostgres, ...whose: readonly string[]): Count {
    return { limiter, key: throttleKey(this.secret, ...whose) };
  }

  private async countGuess(counts: readonly Count[]): Promise<Guess | RefusedGuess> {
    const rows = counts.map(rowOf);
    // What is over when the refusal comes may have been the cause of it, so this is asked before.
    const before = new Map(rows.map((row) => [row, this.underWay.at(row)]));
    const counted = await this.take(counts);
    if (counted.fault !== null) {
      return { fault: counted.fault, inTheWay: before.get(rowOf(counted.refusedBy)) ?? [] };
    }
    const isOver = this.underWay.begin(rows);
    const end = async (isWrong: boolean) => {
      if (!isWrong) await counted.giveBack();
      isOver();
    };
    return { fault: null, end };
  }

  /** What is refused counts nowhere: only what went through may stop anybody else. */
  private async take(counts: readonly Count[]): Promise<Counted | Refused> {
    const taken: (Count & { until: number })[] = [];
    const giveBack = () => this.giveBack(taken);
    for (const count of counts) {
      const { msBeforeNext, refused } = await consume(count);
      taken.push({ ...count, until: Date.now() + msBeforeNext });
      if (refused) {
        await giveBack();
        return { fault: tooManyAttempts(msBeforeNext), refusedBy: count };
      }
    }
    return { fault: null, giveBack };
  }

  /** In one statement, which the library has not: every login ends with it. */
  private async giveBack(taken: readonly (Count & { until: number })[]): Promise<void> {
    const now = Date.now();
    // One whose time is over has gone by itself; giving it back would be an attempt more in the time that began.
    const current = taken.filter(({ until }) => now < until);
    const keys = current.map(rowOf);
    try {
      await this.pool.query({ name: 'give-back', text: GIVE_BACK, values: [keys, now] });
    } catch (error) {
      this.logger.warn({ err: error }, 'an attempt that should not count does');
    }
  }
}

/** Its key in the table. */
function rowOf({ limiter, key }: Count): string {
  return limiter.getKey(key);
}

/** What attempts at an account count for, in whatever spelling of its address. */
function accountOf(email: string): string {
  return normalizeEmail(email) ?? email;
}

function networkBehind({ origin }: AuthContext): string | null {
  return origin?.ip ? networkOf(origin.ip) : null;
}

/** @throws Error when the database fails: nobody gets past the limits then, nor could they be logged in */
async function consume({ limiter, key }: Count): Promise<{ msBeforeNext: number; refused: boolean }> {
  try {
    const { msBeforeNext } = await limiter.consume(key);
    return { msBeforeNext, refused: false };
  } catch (refusal) {
    if (!(refusal instanceof RateLimiterRes)) throw refusal;
    return { msBeforeNext: refusal.msBeforeNext, refused: true };
  }
}

function tooManyAttempts(msBeforeNext: number): AuthFault {
  return {
    code: 'RATE_LIMITED',
    message: 'There were too many attempts. Try again later.',
    retryAfterSeconds: Math.max(1, Math.ceil(msBeforeNext / 1_000)),
  };
}
