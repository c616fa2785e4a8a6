import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import type { Logger } from 'pino';

/** May call from a browser in development unless CORS_ORIGINS is set. */
export const APOLLO_STUDIO = 'https://studio.apollographql.com';

/** How many rejected origins are logged: a client can invent any number of them. */
const MOST_LOGGED = 100;

/** Names of this machine, which no DNS server can point elsewhere. */
const LOOPBACK: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]']);

export interface OriginsOptions {
  /** Origins of other sites whose pages may call (`CORS_ORIGINS`). */
  readonly listed: ReadonlySet<string>;
  /** Origins at which browsers reach this gateway (`PUBLIC_URL`). */
  readonly own: ReadonlySet<string>;
  /** In production loopback names are not the gateway's own, and a refusal says nothing but that it is one. */
  readonly production: boolean;
  readonly logger: Logger;
}

/**
 * Decides which pages in browsers may call the gateway. The `Host` of a request alone proves nothing: an attacker's
 * DNS can point a name of theirs at this gateway, and their page then has that name as its origin (DNS rebinding).
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
   * Why a page of this `Origin` may not use the gateway; null when it may. Clients other than browsers send none.
   * A WebSocket needs this check alone: browsers send `Origin` with every handshake (RFC 6455, section 10.2).
   */
  refusal({ origin, host }: IncomingHttpHeaders): string | null {
    if (origin === undefined || this.isListed(origin) || this.options.own.has(origin)) return null;
    if (!this.options.production && isOwnLoopback(origin, host)) return null;
    return this.refuse(`The origin ${shorten(origin)} is not allowed. ${adviceForOrigin(origin, host)}`);
  }

  /** The same for a request over HTTP, where a GET of a page to its own origin has no `Origin`. */
  httpRefusal({ method, headers }: Pick<IncomingMessage, 'method' | 'headers'>): string | null {
    if (headers.origin !== undefined) return this.refusal(headers);
    // A browser sends `Origin` with all other methods.
    if ((method !== 'GET' && method !== 'HEAD') || !mayBeBrowser(headers)) return null;
    const { host = '' } = headers;
    const name = hostnameOf(`http://${host}`);
    if (!mayBeRebound(name) || this.ownNames.has(name)) return null;
    return this.refuse(`The host ${shorten(host)} is not allowed. ${adviceForHost(host)}`);
  }

  /** In development, logs each message once. */
  private refuse(message: string): string {
    const { production, logger } = this.options;
    if (production) return 'This origin is not allowed.';
    if (!this.logged.has(message) && this.logged.size < MOST_LOGGED) {
      this.logged.add(message);
      // At level error, since `npm start` shows errors in the terminal.
      logger.error(message);
    }
    return message;
  }
}

/** Whether a page was loaded from this gateway by a loopback name, directly or through a development proxy. */
function isOwnLoopback(origin: string, host: string | undefined): boolean {
  if (!URL.canParse(origin)) return false;
  const { protocol, hostname, port } = new URL(origin);
  const address = `${protocol}//${host}`;
  if (!/^https?:$/.test(protocol) || !LOOPBACK.has(hostname) || !URL.canParse(address)) return false;
  const called = new URL(address);
  return LOOPBACK.has(called.hostname) && called.port === port;
}

/**
 * Browsers send `Accept-Language` with every request, and a page cannot remove it. `Sec-Fetch-Site` is not enough: it
 * is sent to trustworthy addresses only (Fetch Metadata), and a rebound name over plain HTTP is not one.
 */
function mayBeBrowser(headers: IncomingHttpHeaders): boolean {
  return headers['accept-language'] !== undefined || headers['sec-fetch-site'] !== undefined;
}

/** Whether a public DNS server could answer for this name: not for an address, nor for a name without a domain. */
function mayBeRebound(hostname: string): boolean {
  return hostname.includes('.') && isIP(hostname) === 0;
}

function hostnameOf(address: string): string {
  return URL.canParse(address) ? new URL(address).hostname : '';
}

function adviceForOrigin(origin: string, host: string | undefined): string {
  const isOrigin = URL.canParse(origin) && new URL(origin).origin === origin;
  if (!isOrigin) return 'CORS_ORIGINS lists the origins that are.';
  return new URL(origin).host === host?.toLowerCase()
    ? `If browsers reach this gateway there, start it with PUBLIC_URL=${origin} (separate several by commas).`
    : `To allow it, start the gateway with CORS_ORIGINS=${origin} (separate several by commas).`;
}

function adviceForHost(host: string): string {
  const origin = `http://${host}`;
  return new URL(origin).host === host
    ? `If browsers reach this gateway there, start it with PUBLIC_URL=${origin} (or https).`
    : 'PUBLIC_URL lists the hosts that are.';
}

function shorten(text: string): string {
  return text.slice(0, 200);
}
