import { readFile } from 'node:fs/promises';
import type { Logger } from 'pino';

export interface SupergraphWatchOptions {
  readonly file: string;
  /** Interval between checks, in milliseconds. */
  readonly pollMs: number;
  /** The supergraph in use at the start. */
  readonly serving: string;
  /** Replaces the supergraph in use. @throws when the new one is not usable; the current one then stays in use */
  load(supergraphSdl: string): Promise<void>;
  readonly logger: Logger;
}

/** The content of the file, or the reason why it could not be read. */
interface Content {
  readonly text: string | null;
  readonly fault: string;
}

/**
 * Reloads the supergraph when its file changes. It compares contents, since notifications and modification times are
 * unreliable on some mounts and with replaced symbolic links. A change is loaded only once two checks in a row read
 * the same content, since the file may still be in the middle of a write.
 */
export class SupergraphWatch {
  private timer: NodeJS.Timeout | undefined;
  private isStopped = false;
  private serving: string;
  private last: Content;
  /** Whether `last` has been loaded or rejected. */
  private isHandled = true;

  constructor(private readonly options: SupergraphWatchOptions) {
    this.serving = options.serving;
    this.last = { text: options.serving, fault: '' };
  }

  start(): void {
    const { pollMs, logger, file } = this.options;
    this.timer = setTimeout(() => {
      this.check()
        .catch((error: unknown) =>
          logger.error({ err: error, file }, 'the supergraph file could not be checked'),
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

  /** Reads the file once, and loads its content if it has changed and is stable. */
  async check(): Promise<void> {
    const content = await read(this.options.file);
    if (content.text !== this.last.text || content.fault !== this.last.fault) {
      this.last = content;
      this.isHandled = false;
      return;
    }
    if (this.isHandled || this.isStopped) return;
    this.isHandled = true;
    await this.load(content);
  }

  private async load({ text, fault }: Content): Promise<void> {
    const { file, logger } = this.options;
    const reject = (why: string) =>
      logger.error({ file, why }, 'the new supergraph was rejected; the previous one stays in use');
    if (text === null) return reject(fault);
    if (text === this.serving) return logger.info({ file }, 'the supergraph is unchanged');
    const start = performance.now();
    try {
      await this.options.load(text);
    } catch (error) {
      return reject((error as Error).message);
    }
    this.serving = text;
    logger.info({ file, ms: Math.round(performance.now() - start) }, 'the new supergraph is in use');
  }
}

async function read(file: string): Promise<Content> {
  try {
    return { text: await readFile(file, 'utf8'), fault: '' };
  } catch (error) {
    return { text: null, fault: (error as Error).message };
  }
}
