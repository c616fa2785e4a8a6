import { ANONYMOUS } from '@supergraph/auth-context/auth-context';
import type { Logger } from 'pino';
import type { Clock } from '../clock.js';
import type { SubgraphClient } from '../supergraph/subgraph-client.js';
import { OutageLog } from './outage-log.js';
import type { RevokedSessions } from './revoked-sessions.js';

/** The longest wait for one answer: with the pause after it and the next one, a revocation arrives within five seconds. */
export const FEED_TIMEOUT_MS = 1_500;
const FIRST_RETRY_MS = 100;
const LAST_RETRY_MS = 2_000;
/** An answer without `since` holds all that matters: after so long one from there on could only be larger. */
const SINCE_IS_OLD_MS = 600_000;
const LONGEST_ID = 64;

/** What users answers: the sessions that ended since, and until when, in milliseconds by the clock of its database. */
interface Revocations {
  readonly until: number;
  readonly sessions: readonly string[];
}

/**
 * Asks the users subgraph again and again which sessions have ended. While it does not answer, what is known stays
 * known, and all other tokens end when they expire.
 */
export class RevocationFeed {
  private since: number | null = null;
  private lastSuccess: number | null = null;
  private retryMs = FIRST_RETRY_MS;
  private forgetNext: () => void = () => {};
  private isStopped = false;
  private readonly outage: OutageLog;

  constructor(
    private readonly client: SubgraphClient,
    private readonly revoked: RevokedSessions,
    /** Between an answer and the next question, in milliseconds. */
    private readonly pollMs: number,
    private readonly clock: Clock,
    logger: Logger,
  ) {
    this.outage = new OutageLog(logger, 'revoked sessions');
  }

  /** Whether it has been read since the start. */
  get isLoaded(): boolean {
    return this.lastSuccess !== null;
  }

  /** How old what is known is, in seconds; infinitely so before the first answer. */
  get ageSeconds(): number {
    return this.lastSuccess === null ? Infinity : (this.clock.now() - this.lastSuccess) / 1_000;
  }

  /** Begins to poll; returns when the first try is over, whether or not it succeeded. */
  async start(): Promise<void> {
    await this.poll();
  }

  async stop(): Promise<void> {
    this.isStopped = true;
    this.forgetNext();
    await this.client.close();
  }

  /** One at a time: the next one is planned when this one is over. */
  private async poll(): Promise<void> {
    const wait = await this.read().then(
      () => {
        this.outage.worked();
        this.retryMs = FIRST_RETRY_MS;
        return this.pollMs;
      },
      (error: unknown) => {
        // The answer to a question of a gateway that is on its way out.
        if (!this.isStopped) this.outage.failed(error);
        return this.nextRetry();
      },
    );
    this.revoked.forgetOld();
    if (this.isStopped) return;
    this.forgetNext = this.clock.at(this.clock.now() + wait, () => void this.poll());
  }

  private async read(): Promise<void> {
    const since = this.ageSeconds * 1_000 < SINCE_IS_OLD_MS ? this.since : null;
    const path = since === null ? '/revoked-sessions' : `/revoked-sessions?since=${since}`;
    const { status, body } = await this.client.get(path, ANONYMOUS);
    if (status !== 200) throw new Error(`status ${status}`);
    if (!isRevocations(body)) throw new Error('the answer is no list of revoked sessions');
    this.revoked.add(body.sessions);
    this.since = body.until;
    this.lastSuccess = this.clock.now();
  }

  /** Not all gateways at once, once users is back. */
  private nextRetry(): number {
    const longest = this.retryMs;
    this.retryMs = Math.min(longest * 2, LAST_RETRY_MS);
    return longest / 2 + (Math.random() * longest) / 2;
  }
}

/** By hand, since what a parser would note of each wrong entry of a long list is longer still. */
function isRevocations(body: unknown): body is Revocations {
  if (typeof body !== 'object' || body === null) return false;
  const { until, sessions } = body as Partial<Record<keyof Revocations, unknown>>;
  return isMoment(until) && Array.isArray(sessions) && sessions.every(isSessionId);
}

/** What users takes as `since` again. */
function isMoment(until: unknown): until is number {
  return typeof until === 'number' && Number.isInteger(until) && until >= 0 && until < 1e15;
}

function isSessionId(id: unknown): id is string {
  return typeof id === 'string' && id !== '' && id.length <= LONGEST_ID;
}
