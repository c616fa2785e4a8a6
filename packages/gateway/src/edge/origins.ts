import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import type { Logger } from 'pino';

/** Allowed in development unless CORS_ORIGINS is set. */
export const APOLLO_STUDIO = 'https://studio.apollographql.com';

/** Maximum number of logged rejections, since a client can invent any number of origins. */
const MAX_LOGGED = 100;

/** Names of this machine. DNS rebinding cannot use them. */
const LOOPBACK: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]']);

export interface OriginsOptions {
  /** Other origins whose pages may call the gateway (`CORS_ORIGINS`). */
  readonly listed: ReadonlySet<string>;
  /** The gateway's own origins, as browsers see them (`PUBLIC_URL`). */
  readonly own: ReadonlySet<string>;
  /** In production, loopback origins are not allowed and messages contain no details. */
  readonly production: boolean;
  readonly logger: Logger;
}

/**
 * Decides which pages in browsers may call the gateway. The `Host` header is not proof of the same origin: an
 * attacker can point a domain at this gateway, and pages of that domain then have it as both host and origin (DNS
 * rebinding).
 */
export class Origins {
  private readonly logged = new Set<string>();
  private readonly ownNames: ReadonlySet<string>;

  constructor(private readonly options: OriginsOptions) {
    this.ownNames = new Set([...options.own].map((origin) => new URL(origin).hostname));
  }

  /** Exact matches only. */
  isListed(origin: string): boolean {
    return this.options.listed.has(origin);
  }

  /**
   * Returns why the request's `Origin` is not allowed; null when it is, or when there is none, as from clients other
   * than browsers. Sufficient for WebSockets, since browsers send `Origin` with every handshake (RFC 6455, section
   * 10.2).
   */
  rejection({ origin, host }: IncomingHttpHeaders): string | null {
    if (origin === undefined || this.isListed(origin) || this.options.own.has(origin)) return null;
    if (!this.options.production && isOwnLoopback(origin, host)) return null;
    return this.reject(`The origin ${shorten(origin)} is not allowed. ${adviceForOrigin(origin, host)}`);
  }

  /** The same for HTTP requests, where a same-origin GET has no `Origin`, so the host is checked. */
  httpRejection({ method, headers }: Pick<IncomingMessage, 'method' | 'headers'>): string | null {
    if (headers.origin !== undefined) return this.rejection(headers);
    // Browsers send `Origin` with all methods but GET and HEAD.
    if ((method !== 'GET' && method !== 'HEAD') || !mayBeBrowser(headers)) return null;
    const { host = '' } = headers;
    const name = hostnameOf(`http://${host}`);
    if (!mayBeRebound(name) || this.ownNames.has(name)) return null;
    return this.reject(`The host ${shorten(host)} is not allowed. ${adviceForHost(host)}`);
  }

  /** Logs each message once, in development only. */
  private reject(message: string): string {
    const { production, logger } = this.options;
    if (production) return 'This origin is not allowed.';
    if (!this.logged.has(message) && this.logged.size < MAX_LOGGED) {
      this.logged.add(message);
      // Level error, since `npm start` shows only errors in the terminal.
      logger.error(message);
    }
    return message;
  }
}

/** Whether a page was loaded from this gateway through a loopback name, directly or through a development proxy. */
function isOwnLoopback(origin: string, host: string | undefined): boolean {
  if (!URL.canParse(origin)) return false;
  const { protocol, hostname, port } = new URL(origin);
  const address = `${protocol}//${host}`;
  if (!/^https?:$/.test(protocol) || !LOOPBACK.has(hostname) || !URL.canParse(address)) return false;
  const called = new URL(address);
  return LOOPBACK.has(called.hostname) && called.port === port;
}

/**
 * Browsers send `Accept-Language` with every request, and a page cannot remove it. `Sec-Fetch-Site` alone is not
 * enough: browsers send it only to potentially trustworthy URLs (Fetch Metadata), unlike a rebound name over plain
 * HTTP.
 */
function mayBeBrowser(headers: IncomingHttpHeaders): boolean {
  return headers['accept-language'] !== undefined || headers['sec-fetch-site'] !== undefined;
}

/** Whether a public DNS name could be rebound to this gateway. IP addresses and single-label names cannot. */
function mayBeRebound(hostname: string): boolean {
  return hostname.includes('.') && isIP(hostname) === 0;
}

function hostnameOf(address: string): string {
  return URL.canParse(address) ? new URL(address).hostname : '';
}

function adviceForOrigin(origin: string, host: string | undefined): string {
  const isOrigin = URL.canParse(origin) && new URL(origin).origin === origin;
  if (!isOrigin) return 'CORS_ORIGINS lists the allowed origins.';
  return new URL(origin).host === host?.toLowerCase()
    ? `If browsers reach this gateway there, start it with PUBLIC_URL=${origin} (separate several by commas).`
    : `To allow it, start the gateway with CORS_ORIGINS=${origin} (separate several by commas).`;
}

function adviceForHost(host: string): string {
  const origin = `http://${host}`;
  return new URL(origin).host === host
    ? `If browsers reach this gateway there, start it with PUBLIC_URL=${origin} (or https).`
    : 'PUBLIC_URL lists the allowed hosts.';
}

function shorten(text: string): string {
  return text.slice(0, 200);
}
