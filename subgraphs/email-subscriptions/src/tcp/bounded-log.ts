import type { Logger } from 'pino';

const MAX_LINES = 10;
const WINDOW_MS = 1_000;

/** Logs warnings that unknown clients cause, at most ten lines a second, so that they cannot fill the disk. */
export class BoundedLog {
  private lines = 0;

  constructor(private readonly logger: Logger) {}

  warn(fields: object, message: string): void {
    this.lines += 1;
    if (this.lines <= MAX_LINES) this.logger.warn(fields, message);
    if (this.lines === 1) setTimeout(() => this.endWindow(), WINDOW_MS).unref();
  }

  private endWindow(): void {
    const leftOut = this.lines - MAX_LINES;
    // The request that began the window is not the cause of this line.
    if (leftOut > 0) this.logger.warn({ leftOut, requestId: undefined }, 'more TCP warnings were left out');
    this.lines = 0;
  }
}
