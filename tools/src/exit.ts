/** The exit of a child process: exactly one of the two is set. */
export interface Exit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

/** `exit code 1`, `signal SIGKILL`. */
export function exitText({ code, signal }: Exit): string {
  return signal === null ? `exit code ${code}` : `signal ${signal}`;
}
