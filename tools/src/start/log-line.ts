/** pino's number for `error`; `fatal` is above. */
const ERROR = 50;

/**
 * The text that the terminal shows for a service's JSON log line, on one line: `error: could not connect: timeout`.
 * Undefined for levels below `error`, and for other text.
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
