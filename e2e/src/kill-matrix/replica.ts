import { exitText } from '@supergraph/tools/exit';
import { type ServiceProcess, startServiceProcess } from '@supergraph/tools/service-process';
import type { ServiceDescription } from '@supergraph/tools/services';
import { eventually } from '../harness/eventually.js';
import { PATIENCE_MS } from './patience.js';

const HEALTH_MS = 1_000;
const KEPT_LINES = 40;

/** One of the processes of email-subscriptions, at a fixed address. It starts again whenever it has ended. */
export class Replica {
  /** How it ended, each time that it did so although it was ready and nobody killed it. */
  readonly collapses: string[] = [];
  /** How often it ended before it was ready, as it does while there is no database. */
  failedStarts = 0;
  readonly #lines: string[] = [];
  readonly #killed = new Set<ServiceProcess>();
  #process: ServiceProcess;
  #readyProcess: ServiceProcess | undefined;
  #absence: Promise<void> = Promise.resolve();
  #stopped = false;

  constructor(private readonly service: ServiceDescription) {
    this.#process = this.#start();
    void this.#keepRunning();
  }

  get url(): string {
    return `${this.service.origin}/graphql`;
  }

  /** The last lines of its log, requests aside. */
  get lastLines(): readonly string[] {
    return this.#lines;
  }

  /** Waits until it is ready for the first time. @throws Fault when it cannot start */
  async ready(): Promise<void> {
    await this.#process.ready();
  }

  get isReady(): boolean {
    return this.#readyProcess === this.#process && !this.#killed.has(this.#process);
  }

  /** SIGKILL, while it starts too. It starts again once `meanwhile` is done. */
  async kill(meanwhile: () => Promise<void>): Promise<void> {
    await eventually(() => !this.#killed.has(this.#process), Boolean, PATIENCE_MS);
    const alive = this.#process;
    this.#killed.add(alive);
    alive.kill('SIGKILL');
    this.#absence = meanwhile();
    await this.#absence;
  }

  /** Whether it says of itself that it is the one that moves the outbox to the log. */
  async isRelay(): Promise<boolean> {
    const process = this.#process;
    try {
      const signal = AbortSignal.timeout(HEALTH_MS);
      const response = await fetch(`${this.service.origin}/health/ready`, { signal });
      const { eventStream } = (await response.json()) as { eventStream?: { relay: string } };
      return eventStream?.relay === 'here' && !this.#killed.has(process);
    } catch {
      return false;
    }
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#process.stop();
  }

  #start(): ServiceProcess {
    return startServiceProcess(this.service, (line) => {
      if (line.includes('"msg":"request"')) return;
      this.#lines.push(line);
      if (this.#lines.length > KEPT_LINES) this.#lines.shift();
    });
  }

  async #keepRunning(): Promise<void> {
    for (;;) {
      const process = this.#process;
      process.ready().then(
        () => (this.#readyProcess = process),
        () => undefined,
      );
      const exit = await process.exited;
      await this.#absence.catch(() => undefined);
      if (this.#stopped) return;
      if (!this.#killed.has(process)) {
        if (this.#readyProcess !== process) this.failedStarts += 1;
        else this.collapses.push([exitText(exit), ...this.#lines.slice(-3)].join('\n'));
      }
      this.#process = this.#start();
    }
  }
}
