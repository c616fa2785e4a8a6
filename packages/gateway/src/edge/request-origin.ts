import type { IncomingMessage } from 'node:http';
import type { RequestOrigin } from '@kit/auth';
import { clientAddress } from './client-address.js';

const MAX_USER_AGENT_LENGTH = 256;
const CONTROL_CHARACTERS = /\p{Cc}/gu;

/** Returns the client's address and user agent, which subgraphs record. No other header of the client is used. */
export function requestOrigin(request: IncomingMessage, trustedHops: number): RequestOrigin {
  const { 'user-agent': userAgent = '' } = request.headers;
  // Node.js decodes headers as Latin-1, but clients send UTF-8.
  const text = Buffer.from(userAgent, 'latin1').toString('utf8');
  const readable = text.replace(CONTROL_CHARACTERS, '').trim().slice(0, MAX_USER_AGENT_LENGTH);
  return { ip: copied(clientAddress(request, trustedHops)), userAgent: copied(readable) };
}

/** Copies a string, since a slice would keep the whole header in memory for the life of a WebSocket. */
function copied(text: string): string | null {
  return text === '' ? null : Buffer.from(text).toString();
}
