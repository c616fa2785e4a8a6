import type { Logger } from 'pino';

/** Logs once for each outage, however many watchers retry. */
export class OutageLog {
  private isFailing = false;

  constructor(
    private readonly logger: Logger,
    private readonly message: string,
  ) {}

  failed(error: unknown): void {
    if (!this.isFailing) this.logger.warn({ err: error }, this.message);
    this.isFailing = true;
  }

  succeeded(): void {
    this.isFailing = false;
  }
}
