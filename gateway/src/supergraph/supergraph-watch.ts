import { readFile } from 'node:fs/promises';
import type { Logger } from 'pino';

export interface SupergraphWatchOptions {
  readonly file: string;
  /** Between two looks, in milliseconds. */
  readonly pollMs: number;
  /** What is served when it starts. */
  readonly serving: string;
  /** Serves what the file holds now. @throws when it cannot; what was served before still is then */
  takeUp(supergraphSdl: string): Promise<void>;
  readonly logger: Logger;
}

/** What a look at the file has shown: its text, or why there is none. */
interface Look {
  readonly text: string | null;
  readonly fault: string;
}

/**
 * Takes up the supergraph again whenever its file has changed. It compares what the file holds: notifications and
 * times say nothing over some mounts, and where a symbolic link is put somewhere else. What changes is looked at again
 * before it is believed, since it may be in the middle of being written.
 */
export class SupergraphWatch {
  private timer: NodeJS.Timeout | undefined;
  private isStopped = false;
  private serving: string;
  /** What was seen last, and whether it has been dealt with. */
  private seen: Look;
  private isDone = true;

  constructor(private readonly options: SupergraphWatchOptions) {
    this.serving = options.serving;
    this.seen = { text: options.serving, fault: '' };
  }

  start(): void {
    const { pollMs, logger, file } = this.options;
    this.timer = setTimeout(() => {
      this.look()
        .catch((error: unknown) =>
          logger.error({ err: error, file }, 'the supergraph could not be looked at'),
        )
        .finally(() => {
          if (!this.isStopped) this.start();
        });
    }, pollMs).unref();
  }

  stop(): void {
    this.isStopped = true;
    clearTimeout(this.timer);
  }

  /** Looks at the file once. */
  async look(): Promise<void> {
    const look = await read(this.options.file);
    if (look.text !== this.seen.text || look.fault !== this.seen.fault) {
      this.seen = look;
      this.isDone = false;
      return;
    }
    if (this.isDone || this.isStopped) return;
    this.isDone = true;
    await this.dealWith(look);
  }

  private async dealWith({ text, fault }: Look): Promise<void> {
    const { file, logger } = this.options;
    const refuse = (why: string) =>
      logger.error({ file, why }, 'this supergraph is refused; the one before it still serves');
    if (text === null) return refuse(fault);
    if (text === this.serving) return logger.info({ file }, 'the supergraph is the one that serves');
    const start = performance.now();
    try {
      await this.options.takeUp(text);
    } catch (error) {
      return refuse((error as Error).message);
    }
    this.serving = text;
    logger.info({ file, ms: Math.round(performance.now() - start) }, 'a new supergraph serves');
  }
}

async function read(file: string): Promise<Look> {
  try {
    return { text: await readFile(file, 'utf8'), fault: '' };
  } catch (error) {
    return { text: null, fault: (error as Error).message };
  }
}
