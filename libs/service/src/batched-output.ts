const FLUSH_EVERY_MS = 100;
const FLUSH_AT_CHARACTERS = 8 * 1024;

/**
 * Writes lines to standard output, many at a time: a write for each costs more than the request that it tells of.
 * A line waits 100 ms at most; what waits when the process exits is written then. Once nobody reads any more, lines
 * are dropped (pino's own asynchronous destination tries for ever, and the process cannot exit).
 */
export class BatchedOutput {
  private waiting = '';
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly output: NodeJS.WriteStream = process.stdout) {
    output.on('error', () => {});
    process.on('exit', () => this.flush());
  }

  write(line: string): void {
    this.waiting += line;
    if (this.waiting.length >= FLUSH_AT_CHARACTERS) this.flush();
    else this.timer ??= setTimeout(() => this.flush(), FLUSH_EVERY_MS).unref();
  }

  flush(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    const lines = this.waiting;
    this.waiting = '';
    if (lines && this.output.writable) this.output.write(lines);
  }
}
