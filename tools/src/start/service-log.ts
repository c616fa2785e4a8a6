import { createWriteStream, openSync, renameSync, type WriteStream } from 'node:fs';

const MAX_BYTES = 50_000_000;

/**
 * The log file of one service: new in each run and after 50 MB, its predecessor kept as `<service>.previous.log`.
 */
export class ServiceLog {
  private stream: WriteStream;
  private bytes = 0;

  constructor(
    private readonly folder: string,
    private readonly service: string,
    private readonly onFault: (text: string) => void,
  ) {
    this.stream = this.open();
  }

  write(line: string): void {
    this.bytes += Buffer.byteLength(line) + 1;
    if (this.bytes > MAX_BYTES) {
      this.stream.end();
      this.bytes = 0;
      this.stream = this.open();
    }
    this.stream.write(`${line}\n`);
  }

  private open(): WriteStream {
    const file = `${this.folder}/${this.service}.log`;
    try {
      renameSync(file, `${this.folder}/${this.service}.previous.log`);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
    // Opened at once, not when the first line is written: a later rename must not catch it half way.
    const stream = createWriteStream(file, { fd: openSync(file, 'a', 0o600) });
    stream.once('error', (error) => this.onFault(`${file}: ${error.message}`));
    // Whatever else the stream has to say after that is the same fault again.
    stream.on('error', () => undefined);
    return stream;
  }
}
