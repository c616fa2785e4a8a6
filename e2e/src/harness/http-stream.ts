import { request, type IncomingHttpHeaders } from 'node:http';
import { eventually } from './eventually.js';
import type { Data, GraphQLError } from './http.js';

export interface StreamRequest {
  method?: 'GET' | 'POST';
  headers?: Record<string, string>;
  body?: object;
  token?: string;
}

/** A response that is read as it comes. */
export interface Streaming {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** All that has come so far. */
  text(): string;
  waitForText(part: string): Promise<string>;
  /** Resolves with all that came when the server has ended the response in good order. */
  ended: Promise<string>;
  /** Hangs up. */
  leave(): void;
}

const open: Streaming[] = [];

/** Hangs up all that is still open, so that a test that fails leaves nothing to the next one. */
export function leaveAll(): void {
  for (const stream of open.splice(0)) stream.leave();
}

/** Sends a request over a connection of its own, with no client library in between; returns when the head is there. */
export function openStream(
  url: string,
  { method = 'POST', headers, body, token }: StreamRequest,
): Promise<Streaming> {
  return new Promise((resolve, reject) => {
    const sent = request(
      url,
      {
        method,
        agent: false,
        headers: {
          ...(body && { 'content-type': 'application/json' }),
          ...(token && { authorization: `Bearer ${token}` }),
          ...headers,
        },
      },
      (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
        const ended = new Promise<string>((resolveEnd, rejectEnd) => {
          response.once('end', () => resolveEnd(text));
          response.once('error', rejectEnd);
        });
        ended.catch(() => undefined);
        const streaming: Streaming = {
          status: response.statusCode ?? 0,
          headers: response.headers,
          text: () => text,
          waitForText: (part) =>
            eventually(
              () => text,
              () => text.includes(part),
            ),
          ended,
          leave: () => void sent.destroy(),
        };
        open.push(streaming);
        resolve(streaming);
      },
    );
    sent.once('error', reject);
    sent.end(body && JSON.stringify(body));
  });
}

/** One block of an event stream. */
export interface Block {
  readonly event?: string;
  readonly id?: string;
  readonly data?: { data?: Data; errors?: GraphQLError[] };
}

/** The blocks of an event stream that are there as a whole, without comments. */
export function blocksOf(text: string): Block[] {
  return text
    .split('\n\n')
    .slice(0, -1)
    .filter((block) => !block.startsWith(':'))
    .map((block) => {
      const fields = block.split('\n').map((line) => /^(\w+): ?(.*)$/.exec(line)!.slice(1));
      const { data, ...rest } = Object.fromEntries(fields) as Record<string, string>;
      return { ...rest, ...(data && { data: JSON.parse(data) as Required<Block>['data'] }) };
    });
}

/** One part of a multipart response. */
export interface Part {
  readonly payload: { data?: Data; errors?: GraphQLError[] } | null;
  readonly errors?: GraphQLError[];
}

/** The parts of a multipart response that are there as a whole, heartbeats left out. */
export function partsOf(text: string): Part[] {
  return text
    .split('\r\n--graphql')
    .slice(1, -1)
    .map((part) => JSON.parse(part.slice(part.indexOf('\r\n\r\n'))) as Part)
    .filter((part) => 'payload' in part);
}
