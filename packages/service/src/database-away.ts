/** Error codes of sockets (Node.js, `errors.md`, common system errors). */
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
 * Error codes of a Postgres that closes or rejects connections (PostgreSQL manual, appendix A): it shuts down or starts,
 * has no free connections, or its database does not accept connections. Class 08 means a broken connection.
 */
const OF_POSTGRES: ReadonlySet<unknown> = new Set(['57P01', '57P02', '57P03', '53300', '55000']);

/** Messages of `pg` and its pool that have no code. */
const OF_DRIVER = [
  /^Connection terminated/,
  /^timeout exceeded when trying to connect$/,
  /^Query read timeout$/,
  /^Client (has encountered a connection error|was closed) and is not queryable$/,
];

/** Whether an error means that the database is not available, so that the same statement may succeed later. */
export function isDatabaseAway(error: unknown): boolean {
  if (error instanceof AggregateError) return error.errors.length > 0 && error.errors.every(isDatabaseAway);
  if (!(error instanceof Error)) return false;
  const { code } = error as { code?: unknown };
  if (typeof code === 'string') return code.startsWith('08') || OF_POSTGRES.has(code) || OF_SOCKETS.has(code);
  return OF_DRIVER.some((said) => said.test(error.message));
}
