import { availableParallelism } from 'node:os';
import { currentCaller } from '@supergraph/service/request-deadline';
import { DomainError } from '@supergraph/service/domain-error';
import type { AuthFault } from '../errors/auth-fault.js';

/** libuv has four threads for work such as this. One of them stays free, or nobody's host name would be looked up. */
const MOST_AT_ONCE = 3;

const LONGEST_QUEUE = 1_000;

/** For how long a caller waits who does not say: the gateway's patience. */
const PATIENCE_MS = 10_000;

/** What is left to do with a hash, and the way back to the caller. */
const AFTERWARDS_MS = 500;

/** What a hash takes until one was measured. */
const FIRST_GUESS_MS = 50;

/** How much the latest hash counts in what one is expected to take. */
const WEIGHT = 0.1;

/** There are too many passwords to hash: the answer would come when nobody waits for it any more. */
export class TooManyPasswords extends DomainError {
  override name = 'TooManyPasswords';
  readonly code = 'RATE_LIMITED';

  constructor(readonly retryAfterSeconds: number) {
    super('There is too much to do at the moment. Try again soon.');
  }

  get fault(): AuthFault {
    return { code: this.code, message: this.message, retryAfterSeconds: this.retryAfterSeconds };
  }
}

/**
 * The fault to tell when a password was not hashed because there are too many.
 * @throws error itself if it is another one
 */
export function faultOfTooMany(error: unknown): AuthFault {
  if (!(error instanceof TooManyPasswords)) throw error;
  return error.fault;
}

interface Waiting {
  readonly start: () => void;
  readonly refuse: (error: TooManyPasswords) => void;
  readonly isAwaited: () => boolean;
}

/**
 * Lets no more passwords be hashed at once than there are cores: each takes 19 MiB and all of a core. The others wait,
 * first come first served. Who could not be answered in time is refused at once; who has gone meanwhile, once it is
 * their turn.
 */
export class HashingQueue {
  readonly #waiting: Waiting[] = [];
  #running = 0;
  #hashMs = FIRST_GUESS_MS;

  constructor(
    private readonly atOnce = Math.min(availableParallelism(), MOST_AT_ONCE),
    private readonly longest = LONGEST_QUEUE,
  ) {}

  /** @throws TooManyPasswords */
  async run<T>(hash: () => Promise<T>): Promise<T> {
    const refusal = this.refusal();
    if (refusal) throw refusal;
    if (this.#running < this.atOnce) this.#running += 1;
    else await this.#turn();
    const start = performance.now();
    try {
      return await hash();
    } finally {
      this.#hashMs += WEIGHT * (performance.now() - start - this.#hashMs);
      this.#next();
    }
  }

  /** Why a password would not be hashed now; null when it would. */
  refusal(): TooManyPasswords | null {
    if (this.#running < this.atOnce) return null;
    const now = Date.now();
    const deadline = currentCaller()?.deadline ?? now + PATIENCE_MS;
    const isLate = now + this.#waitMs() + AFTERWARDS_MS > deadline;
    return isLate || this.#waiting.length >= this.longest ? this.#tooMany() : null;
  }

  /** Until somebody who came now would be answered. */
  #waitMs(): number {
    return (Math.ceil((this.#waiting.length + 1) / this.atOnce) + 1) * this.#hashMs;
  }

  #tooMany(): TooManyPasswords {
    return new TooManyPasswords(Math.ceil(this.#waitMs() / 1_000));
  }

  #turn(): Promise<void> {
    const caller = currentCaller();
    const isAwaited = () => !caller?.hasLeft() && Date.now() + this.#hashMs < (caller?.deadline ?? Infinity);
    return new Promise((start, refuse) => this.#waiting.push({ start, refuse, isAwaited }));
  }

  /** Hands the place of a hash that has ended to whoever is next and still waits. */
  #next(): void {
    for (let next = this.#waiting.shift(); next; next = this.#waiting.shift()) {
      if (next.isAwaited()) return next.start();
      next.refuse(this.#tooMany());
    }
    this.#running -= 1;
  }
}
