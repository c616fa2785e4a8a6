/** An error for the user at the terminal. It is shown without a stack. */
export class Fault extends Error {
  override readonly name: string = 'Fault';
}

/** The text of a thrown value for the terminal: the message of a {@link Fault}, or the stack of an unexpected error. */
export function faultText(error: unknown): string {
  if (error instanceof Fault) return error.message;
  if (error instanceof Error) return error.stack ?? error.message;
  return String(error);
}
