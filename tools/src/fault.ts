/** What went wrong, in words for the person at the terminal: it is shown without a stack. */
export class Fault extends Error {
  override readonly name: string = 'Fault';
}

/** Any thrown value as text for the terminal: a {@link Fault}'s words alone, the stack of what nobody foresaw. */
export function faultText(error: unknown): string {
  if (error instanceof Fault) return error.message;
  if (error instanceof Error) return error.stack ?? error.message;
  return String(error);
}
