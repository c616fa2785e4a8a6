import type { Logger } from 'pino';

/** Logs outages of a periodic fetch: one line when it starts to fail and one when it succeeds again. */
export class OutageLog {
  private since: number | null = null;

  constructor(
    private readonly logger: Logger,
    /** Name of the fetched data in log lines, such as `public keys`. */
    private readonly subject: string,
  ) {}

  failed(error: unknown): void {
    if (this.since !== null) return;
    this.since = Date.now();
    this.logger.warn({ err: error }, `${this.subject} could not be fetched; retrying`);
  }

  succeeded(): void {
    if (this.since === null) return;
    const seconds = Math.round((Date.now() - this.since) / 1_000);
    this.since = null;
    this.logger.info({ seconds }, `${this.subject} could be fetched again`);
  }
}
