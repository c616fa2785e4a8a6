/** What the person who typed `npm start` reads: plain lines, each printed as it becomes true. */
export class Terminal {
  /** @param startedAt milliseconds, as of `Date.now()` */
  constructor(private readonly startedAt: number) {
    // The terminal or npm may be gone before us; Postgres still has to be stopped then.
    for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
  }

  say(text: string): void {
    process.stdout.write(`${text}\n`);
  }

  /** A step that has been made, with the seconds since the start. */
  done(text: string): void {
    const seconds = ((Date.now() - this.startedAt) / 1000).toFixed(1);
    this.say(`${seconds.padStart(5)} s  ${text}`);
  }

  complain(text: string): void {
    process.stderr.write(`${text}\n`);
  }
}
