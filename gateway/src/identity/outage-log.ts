import type { Logger } from 'pino';

/** Tells of something that is tried again and again: one line when it begins to fail, one when it works again. */
export class OutageLog {
  private since: number | null = null;

  constructor(
    private readonly logger: Logger,
    /** As the lines begin: `public keys`. */
    private readonly what: string,
  ) {}

  failed(error: unknown): void {
    if (this.since !== null) return;
    this.since = Date.now();
    this.logger.warn({ err: error }, `${this.what} could not be fetched; trying again`);
  }

  worked(): void {
    if (this.since === null) return;
    const seconds = Math.round((Date.now() - this.since) / 1_000);
    this.since = null;
    this.logger.info({ seconds }, `${this.what} are fetched again`);
  }
}
