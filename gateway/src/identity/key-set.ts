import { createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto';
import type { Logger } from 'pino';
import { request } from 'undici';
import { systemClock, type Clock } from '../clock.js';
import { OutageLog } from './outage-log.js';

const FETCH_TIMEOUT_MS = 5_000;
const FIRST_RETRY_MS = 250;
const LAST_RETRY_MS = 2_000;
/** Tokens with made-up key ids must not become a stream of requests to the users subgraph. */
export const UNKNOWN_KEY_PAUSE_MS = 5_000;
/** A new key each second, each published for twenty minutes, would be 300 KB. */
const LARGEST_KEY_SET = 1024 * 1024;

/**
 * The users subgraph's public keys (RFC 7517), kept in memory and fetched again in the background, for as long as it
 * takes. The old ones stay in use while the users subgraph is down; one that it no longer publishes is dropped.
 */
export class KeySet {
  private keys: ReadonlyMap<string, KeyObject> | null = null;
  private forgetNext: () => void = () => {};
  private fetching: Promise<void> | null = null;
  private lastFetch = -Infinity;
  private isUpToDate = false;
  private retryMs = FIRST_RETRY_MS;
  private isStopped = false;
  private notifyDropped: () => void = () => {};
  private readonly outage: OutageLog;

  constructor(
    private readonly url: string,
    private readonly refreshMs: number,
    logger: Logger,
    private readonly clock: Clock = systemClock,
  ) {
    this.outage = new OutageLog(logger, 'public keys');
  }

  /** Whether keys have been seen at all. */
  get isLoaded(): boolean {
    return this.keys !== null;
  }

  /** Whether the last fetch succeeded: if not, a key that is not known may be one that could not be fetched. */
  get isCurrent(): boolean {
    return this.isUpToDate;
  }

  /** Calls back when a key is no longer among them. */
  onDropped(listener: () => void): void {
    this.notifyDropped = listener;
  }

  /** Begins to fetch; returns when the first try is over, whether or not it succeeded. */
  async start(): Promise<void> {
    await this.refresh();
  }

  stop(): void {
    this.isStopped = true;
    this.forgetNext();
  }

  /** The key of that id; one that is not known may have been published a moment ago, so it is asked for once. */
  async find(kid: string): Promise<KeyObject | undefined> {
    const known = this.keys?.get(kid);
    if (known || this.clock.now() - this.lastFetch < UNKNOWN_KEY_PAUSE_MS) return known;
    await this.refresh();
    return this.keys?.get(kid);
  }

  private refresh(): Promise<void> {
    this.fetching ??= this.fetchAndPlanNext().finally(() => (this.fetching = null));
    return this.fetching;
  }

  private async fetchAndPlanNext(): Promise<void> {
    this.forgetNext();
    let next = this.refreshMs;
    try {
      this.takeUp(await this.fetch());
      this.retryMs = FIRST_RETRY_MS;
      this.outage.worked();
    } catch (error) {
      next = Math.min(this.retryMs, this.refreshMs);
      this.retryMs = Math.min(this.retryMs * 2, LAST_RETRY_MS);
      this.isUpToDate = false;
      this.outage.failed(error);
    }
    this.lastFetch = this.clock.now();
    if (this.isStopped) return;
    this.forgetNext = this.clock.at(this.lastFetch + next, () => void this.refresh());
  }

  private takeUp(keys: ReadonlyMap<string, KeyObject>): void {
    const before = this.keys ?? new Map<string, KeyObject>();
    this.keys = keys;
    this.isUpToDate = true;
    if ([...before.keys()].some((kid) => !keys.has(kid))) this.notifyDropped();
  }

  private async fetch(): Promise<ReadonlyMap<string, KeyObject>> {
    const { statusCode, body } = await request(this.url, { signal: AbortSignal.timeout(FETCH_TIMEOUT_MS) });
    let text = '';
    for await (const chunk of body.setEncoding('utf8')) {
      text += chunk;
      if (text.length > LARGEST_KEY_SET) throw new Error('the key set is too large');
    }
    if (statusCode !== 200) throw new Error(`status ${statusCode}`);
    const { keys } = JSON.parse(text) as { keys: JsonWebKey[] };
    const usable = keys.filter(isSignatureKey);
    // Users always signs with one: nobody's token shall be refused for an answer that cannot be right.
    if (usable.length === 0) throw new Error('the key set holds no key for signatures');
    return new Map(usable.map((jwk) => [jwk.kid, createPublicKey({ key: jwk, format: 'jwk' })]));
  }
}

function isSignatureKey(jwk: JsonWebKey): jwk is JsonWebKey & { kid: string } {
  return jwk.kty === 'EC' && jwk.crv === 'P-256' && typeof jwk.kid === 'string';
}
