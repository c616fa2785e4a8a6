/** How a failed fetch reflects on the subgraph. */
export type FaultKind =
  /** It could not be reached, or is temporarily unavailable. A retry may help. */
  | 'unreachable'
  /** It timed out, or its response is not usable. */
  | 'faulty'
  /** Nothing: the request was too large, or had too little time left. */
  | 'ignored';

/** A fetch from a subgraph failed. The message is for the log only. */
export class SubgraphFault extends Error {
  override name = 'SubgraphFault';

  constructor(
    message: string,
    readonly kind: FaultKind,
  ) {
    super(message);
  }
}

/** Codes of the system and of undici for refused and broken connections. */
const UNREACHABLE: ReadonlySet<unknown> = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET']);

/** Status codes of proxies in between and of a draining subgraph (RFC 9110, section 15.6). */
const NOT_NOW: ReadonlySet<number> = new Set([502, 503, 504]);

/** The request body is larger than the subgraph accepts. */
const TOO_LARGE = 413;

export function faultKind(error: unknown): FaultKind {
  if (error instanceof SubgraphFault) return error.kind;
  return UNREACHABLE.has((error as { code?: unknown }).code) ? 'unreachable' : 'faulty';
}

export function faultyStatus(status: number): SubgraphFault {
  if (status === TOO_LARGE) return new SubgraphFault(`status ${status}`, 'ignored');
  return new SubgraphFault(`status ${status}`, NOT_NOW.has(status) ? 'unreachable' : 'faulty');
}
