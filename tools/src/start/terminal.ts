/** Prints lines for the user of `npm start`. */
export class Terminal {
  /** @param startedAt milliseconds, as of `Date.now()` */
  constructor(private readonly startedAt: number) {
    // The terminal may close first. Postgres must still be stopped.
    for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
  }

  say(text: string): void {
    process.stdout.write(`${text}\n`);
  }

  /** Prints a finished step with the seconds since the start. */
  done(text: string): void {
    const seconds = ((Date.now() - this.startedAt) / 1000).toFixed(1);
    this.say(`${seconds.padStart(5)} s  ${text}`);
  }

  complain(text: string): void {
    process.stderr.write(`${text}\n`);
  }
}
