import { ConfigurationError } from './environment.js';

/** A service cannot start for a reason that its operator can fix. The message contains no secret. */
export class StartUpError extends Error {
  override name = 'StartUpError';
}

/** The message for an operator whose service did not start, or the stack of an unexpected error. */
export function explainStartUp(
  error: unknown,
  { HOST, PORT }: { HOST?: string; PORT?: number } = {},
): string {
  if (error instanceof ConfigurationError || error instanceof StartUpError) return error.message;
  const { code } = error as { code?: unknown };
  if (code === 'EADDRINUSE') return `port ${PORT} of ${HOST} is in use: set PORT to a free one`;
  if (code === 'EACCES' || code === 'EADDRNOTAVAIL') return `cannot listen on ${HOST}:${PORT}: ${code}`;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

/** Names the database of `url` by host, port and name, without the password. */
export function databaseUnreachable(url: string, cause: unknown): StartUpError {
  const { hostname, port, pathname } = new URL(url);
  const reasons = cause instanceof AggregateError ? cause.errors : [cause];
  const reason = reasons.map((each) => (each instanceof Error ? each.message : String(each))).join('; ');
  return new StartUpError(
    `the database ${hostname}:${port || 5432}${pathname} (DATABASE_URL) cannot be used: ${reason}`,
  );
}
