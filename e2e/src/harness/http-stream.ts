import { request, type IncomingHttpHeaders } from 'node:http';
import { eventually } from './eventually.js';
import type { Data, GraphQLError } from './http.js';

export const EVENT_STREAM = { accept: 'text/event-stream' };

export interface StreamRequest {
  method?: 'GET' | 'POST';
  headers?: Record<string, string>;
  body?: object;
  token?: string;
}

/** A response that is read while it arrives. */
export interface Streaming {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** The text received so far. */
  text(): string;
  waitForText(part: string): Promise<string>;
  /** Resolves with the whole text when the server has ended the response. */
  ended: Promise<string>;
  /** Closes the connection. */
  close(): void;
}

const open: Streaming[] = [];

/** Closes all open streams, also after a failed test. */
export function closeStreams(): void {
  for (const stream of open.splice(0)) stream.close();
}

/** Sends a request on a new connection, without a client library; resolves with the head of the response. */
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
          close: () => void sent.destroy(),
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

/** The complete blocks of an event stream, without comments. */
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

/** The complete parts of a multipart response, without heartbeats. */
export function partsOf(text: string): Part[] {
  return text
    .split('\r\n--graphql')
    .slice(1, -1)
    .map((part) => JSON.parse(part.slice(part.indexOf('\r\n\r\n'))) as Part)
    .filter((part) => 'payload' in part);
}

/** The kind of each block of an event stream, with its error code. */
export function codesIn(text: string) {
  return blocksOf(text).map(({ event, data }) => [event, data?.errors?.[0]?.extensions.code]);
}

export function withParameters(url: string, parameters: Record<string, string>): string {
  return `${url}?${new URLSearchParams(parameters).toString()}`;
}

/** Opens event streams with the token of a user. */
export const eventStreams = (url: string, token: string) => ({
  byPost: (query: string, { headers, variables, ...rest }: StreamRequest & { variables?: object } = {}) =>
    openStream(url, {
      token,
      ...rest,
      headers: { ...EVENT_STREAM, ...headers },
      body: { query, variables },
    }),
  byGet: (parameters: Record<string, string>, { headers, ...rest }: StreamRequest = {}) =>
    openStream(withParameters(url, parameters), {
      token,
      ...rest,
      method: 'GET',
      headers: { ...EVENT_STREAM, ...headers },
    }),
});
