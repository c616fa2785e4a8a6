import { exitText } from '@supergraph/tools/exit';
import { type ServiceProcess, startServiceProcess } from '@supergraph/tools/service-process';
import type { ServiceDescription } from '@supergraph/tools/services';
import { eventually } from '../harness/eventually.js';
import { PATIENCE_MS } from './patience.js';

const HEALTH_MS = 1_000;
const KEPT_LINES = 40;

/** A process of a gateway or a subgraph, at a fixed address. It starts again whenever it has ended. */
export class KillableService {
  /** How it ended, each time that it did so although it was ready and nobody killed it. */
  readonly collapses: string[] = [];
  /** How often it ended before it was ready, as a subgraph does while there is no database. */
  failedStarts = 0;
  private readonly lines: string[] = [];
  private readonly killed = new Set<ServiceProcess>();
  private process: ServiceProcess;
  private readyProcess: ServiceProcess | undefined;
  private absence: Promise<void> = Promise.resolve();
  private stopped = false;

  constructor(
    /** As people read it: `gateway 1`. */
    readonly name: string,
    private readonly service: ServiceDescription,
  ) {
    this.process = this.start();
    void this.keepRunning();
  }

  /** `http://127.0.0.1:21001` */
  get origin(): string {
    return this.service.origin;
  }

  get url(): string {
    return `${this.origin}/graphql`;
  }

  /** The last lines of its log, requests aside. */
  get lastLines(): readonly string[] {
    return this.lines;
  }

  /** Waits until it is ready for the first time. @throws Fault when it cannot start */
  async ready(): Promise<void> {
    await this.process.ready();
  }

  get isReady(): boolean {
    return this.readyProcess === this.process && !this.killed.has(this.process);
  }

  /** SIGKILL, while it starts too. It starts again once `meanwhile` is done. */
  async kill(meanwhile: () => Promise<void>): Promise<void> {
    await eventually(() => !this.killed.has(this.process), Boolean, PATIENCE_MS);
    const alive = this.process;
    this.killed.add(alive);
    alive.kill('SIGKILL');
    this.absence = meanwhile();
    await this.absence;
  }

  /** What `/health/ready` tells, ready or not; undefined when nothing answers, or what did has been killed since. */
  async health(): Promise<unknown> {
    const process = this.process;
    try {
      const signal = AbortSignal.timeout(HEALTH_MS);
      const response = await fetch(`${this.origin}/health/ready`, { signal });
      const told: unknown = await response.json();
      return this.killed.has(process) ? undefined : told;
    } catch {
      return undefined;
    }
  }

  async stop(): Promise<void> {
    this.stopped = true;
    await this.process.stop();
  }

  private start(): ServiceProcess {
    return startServiceProcess(this.service, (line) => {
      if (line.includes('"msg":"request"')) return;
      this.lines.push(line);
      if (this.lines.length > KEPT_LINES) this.lines.shift();
    });
  }

  private async keepRunning(): Promise<void> {
    for (;;) {
      const process = this.process;
      process.ready().then(
        () => (this.readyProcess = process),
        () => undefined,
      );
      const exit = await process.exited;
      await this.absence.catch(() => undefined);
      if (this.stopped) return;
      if (!this.killed.has(process)) {
        if (this.readyProcess !== process) this.failedStarts += 1;
        else this.collapses.push([`${this.name}: ${exitText(exit)}`, ...this.lines.slice(-3)].join('\n'));
      }
      this.process = this.start();
    }
  }
}
