import type { IncomingHttpHeaders } from 'node:http';

/** What may call from a browser while developing, and nobody has said otherwise. */
export const APOLLO_STUDIO = 'https://studio.apollographql.com';

/**
 * Whether a WebSocket may be opened: by who is no browser and sends no `Origin`, by a page that came from this
 * gateway itself, or by one of a listed origin. CORS does not hold there (RFC 6455, section 10.2).
 */
export function mayConnect({ origin, host }: IncomingHttpHeaders, allowed: ReadonlySet<string>): boolean {
  if (origin === undefined || allowed.has(origin)) return true;
  return host !== undefined && URL.canParse(origin) && new URL(origin).host === host.toLowerCase();
}
