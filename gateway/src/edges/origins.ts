import type { IncomingHttpHeaders } from 'node:http';
import type { Logger } from 'pino';

/** What may call from a browser while developing, and nobody has said otherwise. */
export const APOLLO_STUDIO = 'https://studio.apollographql.com';

/** Of how many origins the log says that they were turned away: whoever asks can make up any number. */
const MOST_NOTED = 100;

export interface OriginsOptions {
  readonly listed: ReadonlySet<string>;
  /** Nothing but the refusal itself is told then: neither to the page nor in the log. */
  readonly production: boolean;
  readonly logger: Logger;
}

/** Which pages in browsers may call the gateway, and what is said about all others. */
export class Origins {
  readonly #noted = new Set<string>();

  constructor(private readonly options: OriginsOptions) {}

  /** Exact matches only. */
  isListed(origin: string): boolean {
    return this.options.listed.has(origin);
  }

  /**
   * Whether a WebSocket may be opened: by who is no browser and sends no `Origin`, by a page that came from this
   * gateway itself, or by one of a listed origin. CORS does not hold there (RFC 6455, section 10.2).
   */
  mayConnect({ origin, host }: IncomingHttpHeaders): boolean {
    if (origin === undefined || this.isListed(origin)) return true;
    return host !== undefined && URL.canParse(origin) && new URL(origin).host === host.toLowerCase();
  }

  /** What a page of this origin is told when it is turned away. While developing, the log says it too, once. */
  refusal(origin: string): string {
    const { production, logger } = this.options;
    if (production) return 'This origin is not allowed.';
    const message = `The origin ${origin.slice(0, 200)} is not allowed. ${advice(origin)}`;
    if (!this.#noted.has(origin) && this.#noted.size < MOST_NOTED) {
      this.#noted.add(origin);
      // An error, since `npm start` shows errors where somebody looks.
      logger.error(message);
    }
    return message;
  }
}

function advice(origin: string): string {
  const asListed = URL.canParse(origin) && new URL(origin).origin === origin;
  return asListed
    ? `To allow it, start the gateway with CORS_ORIGINS=${origin} (more of them after commas).`
    : 'CORS_ORIGINS names those that are.';
}
