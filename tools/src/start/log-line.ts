/** pino's number for `error`; `fatal` is above. */
const ERROR = 50;

/**
 * What the terminal shows of a service's JSON log line: `error: could not connect: connection refused`, cut to one
 * line. Undefined for what is less than an error, or no log line at all.
 */
export function errorInLogLine(line: string): string | undefined {
  let entry: unknown;
  try {
    entry = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (typeof entry !== 'object' || entry === null) return undefined;
  const { level, msg, err } = entry as { level?: unknown; msg?: unknown; err?: { message?: unknown } };
  if (typeof level !== 'number' || level < ERROR) return undefined;
  const texts = [msg, err?.message].filter((text): text is string => typeof text === 'string' && text !== '');
  const text = [...new Set(texts)].join(': ').replaceAll(/\s+/g, ' ');
  return `${level > ERROR ? 'fatal' : 'error'}: ${text.length > 300 ? `${text.slice(0, 300)}…` : text}`;
}
