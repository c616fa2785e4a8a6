const FLUSH_EVERY_MS = 100;
const FLUSH_AT_CHARACTERS = 8 * 1024;

/**
 * Writes lines to standard output in batches: one write per line costs more than the request that the line describes.
 * A line waits at most 100 ms, or until the process exits. When standard output is closed, lines are dropped. (pino's
 * own asynchronous destination retries forever, so the process cannot exit.)
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
