/** What a fetch that failed says of its subgraph. */
export type FaultKind =
  /** It could not be reached, or said that it cannot serve right now: asking again may help. */
  | 'unreachable'
  /** It was late, or what it answered is of no use. */
  | 'faulty'
  /** Nothing: it was asked for too much, or with too little time left. */
  | 'excused';

/** A subgraph did not answer as it should. The message is for the log. */
export class SubgraphFault extends Error {
  override name = 'SubgraphFault';

  constructor(
    message: string,
    readonly kind: FaultKind,
  ) {
    super(message);
  }
}

/** Of the system and of undici, for connections that are refused, or end before the answer does. */
const UNREACHABLE: ReadonlySet<unknown> = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET']);

/** Of gateways and balancers in between, and of a subgraph that drains (RFC 9110, section 15.6). */
const NOT_NOW: ReadonlySet<number> = new Set([502, 503, 504]);

/** What it was sent was more than it takes. */
const TOO_LARGE = 413;

export function faultKind(error: unknown): FaultKind {
  if (error instanceof SubgraphFault) return error.kind;
  return UNREACHABLE.has((error as { code?: unknown }).code) ? 'unreachable' : 'faulty';
}

export function faultyStatus(status: number): SubgraphFault {
  if (status === TOO_LARGE) return new SubgraphFault(`status ${status}`, 'excused');
  return new SubgraphFault(`status ${status}`, NOT_NOW.has(status) ? 'unreachable' : 'faulty');
}
