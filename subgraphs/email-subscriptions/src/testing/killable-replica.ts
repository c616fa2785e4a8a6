import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { waitUntil } from '@supergraph/tools/wait-until';
import { TXN_TOKEN_SECRET } from './callers.js';
import { CURSOR_SECRET, SUBSCRIBER_SECRET } from './running-service.js';

const PROGRAM = fileURLToPath(new URL('../main.js', import.meta.url));

/** A process of the service, which can be killed and started again. */
export class KillableReplica {
  /** `http://127.0.0.1:…` */
  readonly origin: string;
  private child: ChildProcess;

  /** Starts it. */
  constructor(
    private readonly databaseUrl: string,
    private readonly port: number,
  ) {
    this.origin = `http://127.0.0.1:${port}`;
    this.child = this.start();
  }

  /** The resident memory of the process, in MiB. */
  async residentMiB(): Promise<number> {
    const { stdout } = await promisify(execFile)('ps', ['-o', 'rss=', '-p', String(this.child.pid)]);
    return Number(stdout) / 1024;
  }

  /** Waits until it answers. */
  async ready(): Promise<void> {
    await waitUntil(() =>
      fetch(`${this.origin}/health/ready`).then(
        ({ ok }) => ok,
        () => false,
      ),
    );
  }

  /** Sends SIGKILL, and waits for the end. @throws Error if the process has ended by itself */
  async kill(): Promise<void> {
    if (this.hasEnded) throw new Error(`the process ended by itself (${this.child.exitCode})`);
    this.child.kill('SIGKILL');
    await once(this.child, 'exit');
  }

  restart(): void {
    this.child = this.start();
  }

  async stop(): Promise<void> {
    if (!this.hasEnded) await this.kill();
  }

  private get hasEnded(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  private start(): ChildProcess {
    return spawn(process.execPath, [PROGRAM], {
      env: {
        ...process.env,
        DATABASE_URL: this.databaseUrl,
        TXN_TOKEN_SECRET,
        CURSOR_SECRET,
        SUBSCRIBER_SECRET,
        PORT: String(this.port),
        METRICS_PORT: '0',
        LOG_LEVEL: 'error',
      },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
  }
}
