import { createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto';
import type { Logger } from 'pino';
import { request } from 'undici';

const FETCH_TIMEOUT_MS = 5_000;
const FIRST_RETRY_MS = 250;
/** Tokens with made-up key ids must not become a stream of requests to the users subgraph. */
const UNKNOWN_KEY_PAUSE_MS = 5_000;
const LARGEST_KEY_SET = 64 * 1024;

/**
 * The users subgraph's public keys (RFC 7517), kept in memory and fetched again in the background. The old ones
 * stay in use while the users subgraph is down.
 */
export class KeySet {
  #keys: ReadonlyMap<string, KeyObject> | null = null;
  #timer: NodeJS.Timeout | undefined;
  #fetching: Promise<void> | null = null;
  #lastFetch = 0;
  #retryMs = FIRST_RETRY_MS;
  #stopped = false;

  constructor(
    private readonly url: string,
    private readonly refreshMs: number,
    private readonly logger: Logger,
  ) {}

  /** Whether keys have been seen at all. */
  get isLoaded(): boolean {
    return this.#keys !== null;
  }

  /** Begins to fetch; returns when the first try is over, whether or not it succeeded. */
  async start(): Promise<void> {
    await this.#refresh();
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  /** The key of that id; one that is not known may have been published a moment ago, so it is asked for once. */
  async find(kid: string): Promise<KeyObject | undefined> {
    const known = this.#keys?.get(kid);
    if (known || (this.#keys && Date.now() - this.#lastFetch < UNKNOWN_KEY_PAUSE_MS)) return known;
    await this.#refresh();
    return this.#keys?.get(kid);
  }

  #refresh(): Promise<void> {
    this.#fetching ??= this.#fetchAndPlanNext().finally(() => (this.#fetching = null));
    return this.#fetching;
  }

  async #fetchAndPlanNext(): Promise<void> {
    clearTimeout(this.#timer);
    let next = this.refreshMs;
    try {
      this.#keys = await this.#fetch();
      this.#retryMs = FIRST_RETRY_MS;
    } catch (error) {
      next = Math.min(this.#retryMs, this.refreshMs);
      this.#retryMs = Math.min(this.#retryMs * 2, 5_000);
      this.logger.warn({ err: error, retryInMs: next }, 'public keys could not be fetched');
    }
    this.#lastFetch = Date.now();
    if (this.#stopped) return;
    this.#timer = setTimeout(() => void this.#refresh(), next);
    this.#timer.unref();
  }

  async #fetch(): Promise<ReadonlyMap<string, KeyObject>> {
    const { statusCode, body } = await request(this.url, { signal: AbortSignal.timeout(FETCH_TIMEOUT_MS) });
    let text = '';
    for await (const chunk of body.setEncoding('utf8')) {
      text += chunk;
      if (text.length > LARGEST_KEY_SET) throw new Error('the key set is too large');
    }
    if (statusCode !== 200) throw new Error(`status ${statusCode}`);
    const { keys } = JSON.parse(text) as { keys: JsonWebKey[] };
    return new Map(
      keys.filter(isSignatureKey).map((jwk) => [jwk.kid, createPublicKey({ key: jwk, format: 'jwk' })]),
    );
  }
}

function isSignatureKey(jwk: JsonWebKey): jwk is JsonWebKey & { kid: string } {
  return jwk.kty === 'EC' && jwk.crv === 'P-256' && typeof jwk.kid === 'string';
}
