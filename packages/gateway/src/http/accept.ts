import { parse, type ContentType } from 'content-type';

/** The HTTP transports of subscriptions: graphql-sse's protocol and Apollo's multipart protocol. */
export type StreamKind = 'sse' | 'multipart';

/** The preferences of a client that accepts a stream. */
export interface Accepted {
  /** The transport for subscriptions. */
  readonly stream: StreamKind;
  /** Whether results of queries and mutations are sent as JSON instead of in the stream. */
  readonly prefersJson: boolean;
}

const JSON_TYPES = new Set(['application/json', 'application/graphql-response+json']);

/**
 * Reads the `Accept` header (RFC 9110, section 12.5.1). Of two media types with the same weight, the first is
 * preferred. Wildcards do not count, because every client accepts `*`/`*`.
 * @param method multipart is supported for POST only
 * @returns null when the client accepts no stream
 */
export function acceptedStream(accept: string | undefined, method: string): Accepted | null {
  if (accept === undefined || (method !== 'GET' && method !== 'POST')) return null;
  const kinds = mediaRanges(accept).map((range) => kindOf(range));
  const stream = kinds.find(
    (kind): kind is StreamKind => kind === 'sse' || (kind === 'multipart' && method === 'POST'),
  );
  if (stream === undefined) return null;
  const json = kinds.indexOf('json');
  // Multipart carries subscriptions only.
  return { stream, prefersJson: stream === 'multipart' || (json >= 0 && json < kinds.indexOf('sse')) };
}

function kindOf({ type, parameters }: ContentType): StreamKind | 'json' | null {
  if (type === 'text/event-stream') return 'sse';
  if (JSON_TYPES.has(type)) return 'json';
  const isMultipart = type === 'multipart/mixed' && parameters['subscriptionspec'] === '1.0';
  return isMultipart ? 'multipart' : null;
}

/** The accepted media ranges, by descending weight. */
function mediaRanges(accept: string): ContentType[] {
  const ranges: ContentType[] = [];
  for (let start = 0; start < accept.length;) {
    const range = parse(accept, { comma: true, start });
    ranges.push(range);
    start = range.index + 1;
  }
  return ranges.filter((range) => weightOf(range) > 0).sort((one, other) => weightOf(other) - weightOf(one));
}

function weightOf({ parameters }: ContentType): number {
  const weight = Number(parameters['q'] ?? 1);
  return Number.isNaN(weight) ? 1 : weight;
}
