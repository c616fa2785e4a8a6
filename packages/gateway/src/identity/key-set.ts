import { createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto';
import { algorithmOf, type AccessTokenAlgorithm } from '@kit/auth';
import type { Logger } from 'pino';
import { request } from 'undici';
import { systemClock, type Clock } from '../request/clock.js';
import { OutageLog } from './outage-log.js';

const FETCH_TIMEOUT_MS = 5_000;
const FIRST_RETRY_MS = 250;
const MAX_RETRY_MS = 2_000;
/** Minimum interval between fetches for unknown key ids, so that forged tokens cannot flood the issuer. */
export const UNKNOWN_KEY_PAUSE_MS = 5_000;
/** In bytes. A new key each second, each published for twenty minutes, would be 300 KB. */
const MAX_KEY_SET_BYTES = 1024 * 1024;

export interface KeySetOptions {
  /** The address of the key set. */
  readonly url: string;
  /** How often it is fetched, in milliseconds. */
  readonly refreshMs: number;
  /** Keys for other algorithms are ignored. */
  readonly algorithms: readonly AccessTokenAlgorithm[];
}

/**
 * The issuer's public keys (RFC 7517), kept in memory and refreshed in the background. While the issuer is down, the
 * last fetched keys stay in use. A key that it no longer publishes is dropped.
 */
export class KeySet {
  private keys: ReadonlyMap<string, KeyObject> | null = null;
  private cancelNext: () => void = () => {};
  private fetching: Promise<void> | null = null;
  private lastFetch = -Infinity;
  private isUpToDate = false;
  private retryMs = FIRST_RETRY_MS;
  private isStopped = false;
  private notifyDropped: () => void = () => {};
  private readonly outage: OutageLog;

  constructor(
    private readonly options: KeySetOptions,
    logger: Logger,
    private readonly clock: Clock = systemClock,
  ) {
    this.outage = new OutageLog(logger, 'public keys');
  }

  /** Whether keys have been fetched at least once. */
  get isLoaded(): boolean {
    return this.keys !== null;
  }

  /** Whether the last fetch succeeded. If not, an unknown key may exist after all. */
  get isCurrent(): boolean {
    return this.isUpToDate;
  }

  /** Sets the function to call when a key is dropped. */
  onDropped(listener: () => void): void {
    this.notifyDropped = listener;
  }

  /** Starts to fetch. Resolves after the first attempt, whether or not it succeeded. */
  async start(): Promise<void> {
    await this.refresh();
  }

  stop(): void {
    this.isStopped = true;
    this.cancelNext();
  }

  /** Returns the key with an id. For an unknown id, fetches the keys again, since the key may be new. */
  async find(kid: string): Promise<KeyObject | undefined> {
    const known = this.keys?.get(kid);
    if (known || this.clock.now() - this.lastFetch < UNKNOWN_KEY_PAUSE_MS) return known;
    await this.refresh();
    return this.keys?.get(kid);
  }

  private refresh(): Promise<void> {
    this.fetching ??= this.fetchAndScheduleNext().finally(() => (this.fetching = null));
    return this.fetching;
  }

  private async fetchAndScheduleNext(): Promise<void> {
    this.cancelNext();
    let next = this.options.refreshMs;
    try {
      this.replaceKeys(await this.fetch());
      this.retryMs = FIRST_RETRY_MS;
      this.outage.succeeded();
    } catch (error) {
      next = Math.min(this.retryMs, this.options.refreshMs);
      this.retryMs = Math.min(this.retryMs * 2, MAX_RETRY_MS);
      this.isUpToDate = false;
      this.outage.failed(error);
    }
    this.lastFetch = this.clock.now();
    if (this.isStopped) return;
    this.cancelNext = this.clock.at(this.lastFetch + next, () => void this.refresh());
  }

  private replaceKeys(keys: ReadonlyMap<string, KeyObject>): void {
    const before = this.keys ?? new Map<string, KeyObject>();
    this.keys = keys;
    this.isUpToDate = true;
    if ([...before.keys()].some((kid) => !keys.has(kid))) this.notifyDropped();
  }

  private async fetch(): Promise<ReadonlyMap<string, KeyObject>> {
    const { statusCode, body } = await request(this.options.url, {
      signal: AbortSignal.timeout(FETCH_TIMEOUT_MS),
    });
    let text = '';
    for await (const chunk of body.setEncoding('utf8')) {
      text += chunk;
      if (text.length > MAX_KEY_SET_BYTES) throw new Error('the key set is too large');
    }
    if (statusCode !== 200) throw new Error(`status ${statusCode}`);
    const { keys } = JSON.parse(text) as { keys: JsonWebKey[] };
    const usable = keys.filter(isSignatureKey).flatMap((jwk): [string, KeyObject][] => {
      const key = createPublicKey({ key: jwk, format: 'jwk' });
      const algorithm = algorithmOf(key);
      return algorithm !== null && this.options.algorithms.includes(algorithm) ? [[jwk.kid, key]] : [];
    });
    // There is always a signing key, so an empty set is a fault. It must not make valid tokens invalid.
    if (usable.length === 0) throw new Error('the key set contains no signing key');
    return new Map(usable);
  }
}

/** Whether a key has an id, is of a type that may verify access tokens, and is not only for encryption. */
function isSignatureKey(jwk: JsonWebKey): jwk is JsonWebKey & { kid: string } {
  const { kty, crv, kid, use } = jwk as Record<string, unknown>;
  const isKnown = kty === 'RSA' || (kty === 'EC' && crv === 'P-256');
  return isKnown && typeof kid === 'string' && (use === undefined || use === 'sig');
}
