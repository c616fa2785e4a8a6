/** How a live operation can be streamed over HTTP: graphql-sse's protocol, or Apollo's multipart one. */
export type StreamKind = 'sse' | 'multipart';

/** What a client that takes a stream wants. */
export interface Accepted {
  /** How live operations are to be streamed. */
  readonly stream: StreamKind;
  /** Whether what is no live operation is rather wanted as JSON than in that stream. */
  readonly prefersJson: boolean;
}

/** What keeps a stream from starting is told in JSON, however little a client says that it likes that. */
export const OR_JSON = 'application/json;q=0.001';

interface MediaRange {
  readonly type: string;
  readonly parameters: ReadonlyMap<string, string>;
  readonly weight: number;
}

const JSON_TYPES = new Set(['application/json', 'application/graphql-response+json']);

/**
 * What a client takes by its `Accept` header (RFC 9110, section 12.5.1); null when it takes no stream. Of two that
 * weigh the same, the one listed first is preferred. A stream must be asked for by name: every client takes `*`/`*`.
 * @param method multipart is for POST only
 */
export function acceptedStream(accept: string | undefined, method: string): Accepted | null {
  if (accept === undefined || (method !== 'GET' && method !== 'POST')) return null;
  const kinds = mediaRanges(accept).map((range) => kindOf(range));
  const stream = kinds.find(
    (kind): kind is StreamKind => kind === 'sse' || (kind === 'multipart' && method === 'POST'),
  );
  if (stream === undefined) return null;
  const json = kinds.indexOf('json');
  // Multipart carries live operations only.
  return { stream, prefersJson: stream === 'multipart' || (json >= 0 && json < kinds.indexOf('sse')) };
}

function kindOf({ type, parameters }: MediaRange): StreamKind | 'json' | null {
  if (type === 'text/event-stream') return 'sse';
  if (JSON_TYPES.has(type)) return 'json';
  const isMultipart = type === 'multipart/mixed' && parameters.get('subscriptionspec') === '1.0';
  return isMultipart ? 'multipart' : null;
}

/** What is accepted at all, the preferred ones first. */
function mediaRanges(accept: string): MediaRange[] {
  return split(accept, ',')
    .map(mediaRange)
    .filter(({ weight }) => weight > 0)
    .sort((one, other) => other.weight - one.weight);
}

function mediaRange(text: string): MediaRange {
  const [type = '', ...rest] = split(text, ';');
  const parameters = new Map(
    rest.map((parameter) => {
      const [name = '', value = ''] = split(parameter, '=');
      return [name.toLowerCase(), value.replace(/^"(.*)"$/, '$1')];
    }),
  );
  const weight = Number(parameters.get('q') ?? 1);
  return { type: type.toLowerCase(), parameters, weight: Number.isNaN(weight) ? 1 : weight };
}

const PARTS = {
  ',': /(?:"[^"]*"|[^",])+/g,
  ';': /(?:"[^"]*"|[^";])+/g,
  '=': /(?:"[^"]*"|[^"=])+/g,
};

/** Separators within quotes separate nothing. */
function split(text: string, separator: keyof typeof PARTS): string[] {
  return (text.match(PARTS[separator]) ?? []).map((part) => part.trim());
}
