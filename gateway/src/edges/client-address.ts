import type { IncomingMessage } from 'node:http';
import { isIP, isIPv4 } from 'node:net';

const IPV4_IN_IPV6 = '::ffff:';

/**
 * Where a request came from. Each proxy appends to X-Forwarded-For whom it heard it from, so of that list the last
 * entries are true, as many as there are proxies of our own; all before them a client may have made up.
 * @param trustedHops how many proxies of our own a request passes; with none of them the socket's other end is it
 */
export function clientAddress({ headers, socket }: IncomingMessage, trustedHops: number): string {
  const nearest = socket.remoteAddress ?? '';
  if (trustedHops === 0) return plain(nearest);
  // Node.js joins several such headers in their order.
  const forwarded = String(headers['x-forwarded-for'] ?? '').split(',');
  const told = forwarded.at(-trustedHops)?.trim() ?? '';
  // A proxy that says nothing of use is the client itself, as far as anybody can tell.
  return plain(isIP(told) === 0 ? nearest : told);
}

/** Without what says nothing elsewhere: the mapping into IPv6, and the zone (RFC 4007), which is an interface of this host. */
function plain(spelt: string): string {
  const [address = ''] = spelt.split('%');
  const embedded = address.toLowerCase().startsWith(IPV4_IN_IPV6) ? address.slice(IPV4_IN_IPV6.length) : '';
  return isIPv4(embedded) ? embedded : address;
}
