import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { repositoryRoot } from '@supergraph/tools/repository';
import { eventually } from './eventually.js';

/** A command, by default in the root folder, in a separate process group like a command in a terminal. */
export class Program {
  private written = '';
  private readonly child;
  /** The exit code; null after a signal. */
  readonly exited: Promise<number | null>;

  constructor(command: readonly string[], environment: NodeJS.ProcessEnv, folder = repositoryRoot) {
    this.child = spawn(command[0]!, command.slice(1), {
      cwd: folder,
      env: environment,
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    for (const stream of [this.child.stdout, this.child.stderr])
      stream.on('data', (chunk) => (this.written += String(chunk)));
    this.exited = once(this.child, 'close').then(([code]) => code as number | null);
  }

  get output(): string {
    return this.written;
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  /** Waits for a text in the output. @throws Error when the program exits first */
  async waitForOutput(text: string): Promise<this> {
    const hasExited = () => this.child.exitCode !== null || this.child.signalCode !== null;
    await eventually(() => this.written.includes(text) || hasExited(), Boolean);
    if (this.written.includes(text)) return this;
    throw new Error(`the program exited with ${await this.exited}:\n${this.written}`);
  }

  /** Signals the process group, as Ctrl-C does, unless it has exited; returns the exit code. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    if (this.child.exitCode === null && this.child.signalCode === null) process.kill(-this.pid, signal);
    return this.exited;
  }
}
