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

/** Whom an address counts as: a household has 2^64 addresses of IPv6 (RFC 6177), and one of IPv4. */
export function networkOf(address: string): string {
  if (isIP(address) !== 6) return address;
  const [head = '', tail] = address.split('::');
  const groups = head === '' ? [] : head.split(':');
  if (tail !== undefined) {
    const after = tail === '' ? 0 : tail.split(':').length;
    while (groups.length < 8 - after && groups.length < 4) groups.push('0');
    if (groups.length < 4) groups.push(...tail.split(':'));
  }
  return `${groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')}::/64`;
}

function plain(address: string): string {
  const embedded = address.toLowerCase().startsWith(IPV4_IN_IPV6) ? address.slice(IPV4_IN_IPV6.length) : '';
  return isIPv4(embedded) ? embedded : address;
}
