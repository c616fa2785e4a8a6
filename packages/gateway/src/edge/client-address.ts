import type { IncomingMessage } from 'node:http';
import { isIP, isIPv4 } from 'node:net';
import { forwarded } from '@fastify/forwarded';

const IPV4_IN_IPV6 = '::ffff:';

/**
 * Returns the client's address. Each proxy appends its peer's address to X-Forwarded-For, so only the last entries
 * are trustworthy, one for each trusted proxy. A client may have forged all entries before them.
 * @param trustedHops number of trusted proxies; with 0, the header is ignored
 * @returns an empty string when the connection is closed
 */
export function clientAddress(request: IncomingMessage, trustedHops: number): string {
  const nearest = request.socket.remoteAddress ?? '';
  if (trustedHops === 0) return normalized(nearest);
  // The addresses of the library begin at the socket, and go on with the last entry.
  const entry = forwarded(request)[trustedHops] ?? '';
  // Without a valid entry, the nearest proxy is the best known address.
  return normalized(isIP(entry) === 0 ? nearest : entry);
}

/**
 * Removes the prefix of IPv4-mapped IPv6 addresses, and the zone (RFC 4007), which names an interface of this host.
 */
function normalized(raw: string): string {
  const [address = ''] = raw.split('%');
  const embedded = address.toLowerCase().startsWith(IPV4_IN_IPV6) ? address.slice(IPV4_IN_IPV6.length) : '';
  return isIPv4(embedded) ? embedded : address;
}
