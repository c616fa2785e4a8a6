import { ANONYMOUS } from '@kit/auth';
import type { Logger } from 'pino';
import type { Clock } from '../request/clock.js';
import type { SubgraphClient } from '../subgraphs/subgraph-client.js';
import { OutageLog } from './outage-log.js';
import type { RevokedSessions } from './revoked-sessions.js';

/** Timeout of one page, in milliseconds. Even if a page times out, a revocation arrives within five seconds. */
export const FEED_TIMEOUT_MS = 1_500;
const FIRST_RETRY_MS = 100;
const MAX_RETRY_MS = 2_000;
/**
 * When the cursor is older than this, the feed polls without it: the response then has all relevant sessions, and fewer
 * than the pages after the cursor.
 */
const CURSOR_IS_OLD_MS = 600_000;
const MAX_ID_LENGTH = 64;
const MAX_CURSOR_LENGTH = 1_024;

/** A page of the list. */
interface Revocations {
  readonly sessions: readonly string[];
  /** The position after the page. A subgraph of the earlier version sends none, but all relevant sessions each time. */
  readonly cursor?: string;
  /** Whether there are more sessions to read now. */
  readonly hasMore?: boolean;
}

/**
 * Polls a subgraph for revoked sessions, page by page. While the subgraph is down, known sessions stay revoked, and other
 * tokens stay valid until they expire.
 */
export class RevocationFeed {
  private cursor: { readonly text: string; readonly receivedAt: number } | null = null;
  /** When the list was last read to its end. */
  private completeAt: number | null = null;
  private retryMs = FIRST_RETRY_MS;
  private cancelNext: () => void = () => {};
  private isStopped = false;
  private readonly outage: OutageLog;

  constructor(
    private readonly client: Pick<SubgraphClient, 'get' | 'close'>,
    /** The path at the origin of the subgraph. */
    private readonly path: string,
    private readonly revoked: RevokedSessions,
    /** Pause between two polls, in milliseconds. */
    private readonly pollMs: number,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {
    this.outage = new OutageLog(logger, 'revoked sessions');
  }

  /** Whether the list has been read to its end since the start. */
  get isLoaded(): boolean {
    return this.completeAt !== null;
  }

  /** Seconds since the list was last read to its end; `Infinity` before the first time. */
  get ageSeconds(): number {
    return this.completeAt === null ? Infinity : (this.clock.now() - this.completeAt) / 1_000;
  }

  /** Starts to poll. Resolves once the list was read to its end, or after the first failure. */
  async start(): Promise<void> {
    await this.poll();
  }

  async stop(): Promise<void> {
    this.isStopped = true;
    this.cancelNext();
    await this.client.close();
  }

  /** Reads pages to the end of the list or a failure. Schedules the next poll then, so that polls never overlap. */
  private async poll(): Promise<void> {
    let wait: number | null = null;
    while (wait === null && !this.isStopped) wait = await this.pauseAfterPage();
    this.revoked.forgetOld();
    if (wait === null || this.isStopped) return;
    this.cancelNext = this.clock.at(this.clock.now() + wait, () => void this.poll());
  }

  /** Reads a page. @returns how long to wait before the next one, in milliseconds; null when there is more to read now */
  private async pauseAfterPage(): Promise<number | null> {
    try {
      const hasMore = await this.read();
      this.outage.succeeded();
      this.retryMs = FIRST_RETRY_MS;
      return hasMore ? null : this.pollMs;
    } catch (error) {
      // A poll that the shutdown has aborted is not an outage.
      if (!this.isStopped) this.outage.failed(error);
      return this.nextRetry();
    }
  }

  /** Reads a page. @returns whether to read another one now */
  private async read(): Promise<boolean> {
    const after = this.cursorToUse();
    const { status, body } = await this.client.get(`${this.path}?after=${after}`, ANONYMOUS);
    if (status === 400 && after !== '') {
      this.logger.warn('the position in the list of revoked sessions is no longer valid: reading it again');
      this.cursor = null;
      return false;
    }
    if (status !== 200) throw new Error(`status ${status}`);
    if (!isRevocations(body)) throw new Error('the response is not a list of revoked sessions');
    const { sessions, cursor, hasMore = false } = body;
    this.revoked.add(sessions);
    const now = this.clock.now();
    this.cursor = cursor === undefined ? null : { text: cursor, receivedAt: now };
    if (!hasMore) this.completeAt = now;
    return hasMore;
  }

  /** Empty if the list is to be read from its start. */
  private cursorToUse(): string {
    if (!this.cursor || this.clock.now() - this.cursor.receivedAt >= CURSOR_IS_OLD_MS) return '';
    return encodeURIComponent(this.cursor.text);
  }

  /** Random, so that gateways do not all poll at once when the subgraph is back. */
  private nextRetry(): number {
    const max = this.retryMs;
    this.retryMs = Math.min(max * 2, MAX_RETRY_MS);
    return max / 2 + (Math.random() * max) / 2;
  }
}

/** Without zod, since it would record an issue for each invalid entry of a long list. */
function isRevocations(body: unknown): body is Revocations {
  if (typeof body !== 'object' || body === null) return false;
  const { sessions, cursor, hasMore } = body as Partial<Record<keyof Revocations, unknown>>;
  return (
    Array.isArray(sessions) &&
    sessions.every(isSessionId) &&
    (cursor === undefined || isText(cursor, MAX_CURSOR_LENGTH)) &&
    (hasMore === undefined || typeof hasMore === 'boolean') &&
    // Without a cursor it would read the same page again and again.
    (cursor !== undefined || hasMore !== true)
  );
}

function isSessionId(id: unknown): id is string {
  return isText(id, MAX_ID_LENGTH);
}

function isText(value: unknown, maxLength: number): value is string {
  return typeof value === 'string' && value !== '' && value.length <= maxLength;
}
