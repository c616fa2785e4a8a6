import type { IncomingMessage } from 'node:http';
import type { RequestOrigin } from '@supergraph/auth-context/auth-context';
import { clientAddress } from './client-address.js';

const LONGEST_USER_AGENT = 256;
const CONTROL_CHARACTERS = /\p{Cc}/gu;

/**
 * Where a request came from, for the subgraphs to write down. Of what a client sends it holds the user agent, and of
 * X-Forwarded-For no more than `clientAddress` believes.
 */
export function requestOrigin(request: IncomingMessage, trustedHops: number): RequestOrigin {
  const { 'user-agent': userAgent = '' } = request.headers;
  // Node.js reads a header byte by byte; who writes more than ASCII writes UTF-8.
  const text = Buffer.from(userAgent, 'latin1').toString('utf8');
  const readable = text.replace(CONTROL_CHARACTERS, '').trim().slice(0, LONGEST_USER_AGENT);
  return { ip: kept(clientAddress(request, trustedHops)), userAgent: kept(readable) };
}

/** A copy, since a piece of a header keeps all of it in memory, and a WebSocket keeps its origin for as long as it lives. */
function kept(text: string): string | null {
  return text === '' ? null : Buffer.from(text).toString();
}
