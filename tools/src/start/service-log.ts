import { createWriteStream, openSync, renameSync, type WriteStream } from 'node:fs';

const MAX_BYTES = 50_000_000;

/** The log file of a service. Each run, and each 50 MB, starts a new one and keeps one `<service>.previous.log`. */
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
    // Opened now rather than at the first line, before it can be renamed.
    const stream = createWriteStream(file, { fd: openSync(file, 'a', 0o600) });
    stream.once('error', (error) => this.onFault(`${file}: ${error.message}`));
    // Later errors repeat the first one.
    stream.on('error', () => undefined);
    return stream;
  }
}
