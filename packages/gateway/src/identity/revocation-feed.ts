import { ANONYMOUS } from '@kit/auth';
import type { Logger } from 'pino';
import type { Clock } from '../request/clock.js';
import type { SubgraphClient } from '../subgraphs/subgraph-client.js';
import { OutageLog } from './outage-log.js';
import type { RevokedSessions } from './revoked-sessions.js';

/** Timeout of one poll, in milliseconds. Even if a poll times out, a revocation arrives within five seconds. */
export const FEED_TIMEOUT_MS = 1_500;
const FIRST_RETRY_MS = 100;
const MAX_RETRY_MS = 2_000;
/**
 * When `since` is older than this, the feed polls without it: that response has all relevant sessions and is not
 * larger.
 */
const SINCE_IS_OLD_MS = 600_000;
const MAX_ID_LENGTH = 64;

/**
 * The response: sessions revoked from `since` until `until`, a time in milliseconds by the clock of users' database.
 */
interface Revocations {
  readonly until: number;
  readonly sessions: readonly string[];
}

/**
 * Polls the users subgraph for revoked sessions. While the users subgraph is down, known sessions stay revoked, and
 * other tokens stay valid until they expire.
 */
export class RevocationFeed {
  private since: number | null = null;
  private lastSuccess: number | null = null;
  private retryMs = FIRST_RETRY_MS;
  private cancelNext: () => void = () => {};
  private isStopped = false;
  private readonly outage: OutageLog;

  constructor(
    private readonly client: SubgraphClient,
    private readonly revoked: RevokedSessions,
    /** Pause between two polls, in milliseconds. */
    private readonly pollMs: number,
    private readonly clock: Clock,
    logger: Logger,
  ) {
    this.outage = new OutageLog(logger, 'revoked sessions');
  }

  /** Whether a poll has succeeded since the start. */
  get isLoaded(): boolean {
    return this.lastSuccess !== null;
  }

  /** Seconds since the last successful poll; `Infinity` before the first. */
  get ageSeconds(): number {
    return this.lastSuccess === null ? Infinity : (this.clock.now() - this.lastSuccess) / 1_000;
  }

  /** Starts to poll. Resolves after the first attempt, whether or not it succeeded. */
  async start(): Promise<void> {
    await this.poll();
  }

  async stop(): Promise<void> {
    this.isStopped = true;
    this.cancelNext();
    await this.client.close();
  }

  /** Schedules the next poll when this one is complete, so that polls never overlap. */
  private async poll(): Promise<void> {
    const wait = await this.read().then(
      () => {
        this.outage.succeeded();
        this.retryMs = FIRST_RETRY_MS;
        return this.pollMs;
      },
      (error: unknown) => {
        // A poll that the shutdown has aborted is not an outage.
        if (!this.isStopped) this.outage.failed(error);
        return this.nextRetry();
      },
    );
    this.revoked.forgetOld();
    if (this.isStopped) return;
    this.cancelNext = this.clock.at(this.clock.now() + wait, () => void this.poll());
  }

  private async read(): Promise<void> {
    const since = this.ageSeconds * 1_000 < SINCE_IS_OLD_MS ? this.since : null;
    const path = since === null ? '/revoked-sessions' : `/revoked-sessions?since=${since}`;
    const { status, body } = await this.client.get(path, ANONYMOUS);
    if (status !== 200) throw new Error(`status ${status}`);
    if (!isRevocations(body)) throw new Error('the response is not a list of revoked sessions');
    this.revoked.add(body.sessions);
    this.since = body.until;
    this.lastSuccess = this.clock.now();
  }

  /** Random, so that gateways do not all poll at once when the users subgraph is back. */
  private nextRetry(): number {
    const max = this.retryMs;
    this.retryMs = Math.min(max * 2, MAX_RETRY_MS);
    return max / 2 + (Math.random() * max) / 2;
  }
}

/** Without zod, since it would record an issue for each invalid entry of a long list. */
function isRevocations(body: unknown): body is Revocations {
  if (typeof body !== 'object' || body === null) return false;
  const { until, sessions } = body as Partial<Record<keyof Revocations, unknown>>;
  return isTimestamp(until) && Array.isArray(sessions) && sessions.every(isSessionId);
}

/** Whether the users subgraph accepts a value as `since`. */
function isTimestamp(until: unknown): until is number {
  return typeof until === 'number' && Number.isInteger(until) && until >= 0 && until < 1e15;
}

function isSessionId(id: unknown): id is string {
  return typeof id === 'string' && id !== '' && id.length <= MAX_ID_LENGTH;
}
