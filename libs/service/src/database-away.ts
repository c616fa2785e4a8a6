/** What a socket to a database says (Node.js, `errors.md`, common system errors). */
const OF_SOCKETS: ReadonlySet<unknown> = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
]);

/**
 * What Postgres says when it ends a connection or takes none (its manual, appendix A): it is shut down or starts, has
 * all the connections that it can, or its database is closed. With class 08, connections that broke.
 */
const OF_POSTGRES: ReadonlySet<unknown> = new Set(['57P01', '57P02', '57P03', '53300', '55000']);

/** What `pg` and its pool say without a code. */
const OF_DRIVER = [
  /^Connection terminated/,
  /^timeout exceeded when trying to connect$/,
  /^Query read timeout$/,
  /^Client (has encountered a connection error|was closed) and is not queryable$/,
];

/** Whether it says that a database does not answer now: nothing is wrong with what it was asked, and it may be asked again. */
export function isDatabaseAway(error: unknown): boolean {
  if (error instanceof AggregateError) return error.errors.length > 0 && error.errors.every(isDatabaseAway);
  if (!(error instanceof Error)) return false;
  const { code } = error as { code?: unknown };
  if (typeof code === 'string') return code.startsWith('08') || OF_POSTGRES.has(code) || OF_SOCKETS.has(code);
  return OF_DRIVER.some((said) => said.test(error.message));
}
