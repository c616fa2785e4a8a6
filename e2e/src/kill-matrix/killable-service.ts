import { exitText } from '@supergraph/tools/exit';
import { type ServiceProcess, startServiceProcess } from '@supergraph/tools/service-process';
import type { ServiceDescription } from '@supergraph/tools/services';
import { eventually } from '../harness/eventually.js';

const HEALTH_TIMEOUT_MS = 1_000;
const KEPT_LINES = 40;

/** A gateway or subgraph with a fixed address that restarts whenever its process exits. */
export class KillableService {
  /** Each exit of a process that was ready and had not been killed. */
  readonly collapses: string[] = [];
  /** The number of exits before the process was ready, as of a subgraph without its database. */
  failedStarts = 0;
  /** The last lines of its log, without requests. */
  readonly lastLines: string[] = [];
  private readonly killed = new Set<ServiceProcess>();
  private process: ServiceProcess;
  private readyProcess: ServiceProcess | undefined;
  private downtime: Promise<void> = Promise.resolve();
  private stopped = false;

  constructor(
    /** `gateway 1` */
    readonly name: string,
    private readonly service: ServiceDescription,
  ) {
    this.process = this.start();
    void this.keepRunning();
  }

  get url(): string {
    return `${this.service.origin}/graphql`;
  }

  /** Waits for the first process. @throws Fault when it cannot start */
  async ready(): Promise<void> {
    await this.process.ready();
  }

  get isReady(): boolean {
    return this.readyProcess === this.process && !this.killed.has(this.process);
  }

  /** Sends SIGKILL, also during a start. It restarts after `meanwhile`. */
  async kill(meanwhile: () => Promise<void>): Promise<void> {
    await eventually(() => !this.killed.has(this.process), Boolean);
    const victim = this.process;
    this.killed.add(victim);
    victim.kill('SIGKILL');
    this.downtime = meanwhile();
    await this.downtime;
  }

  /** Whether `/health/ready` of the current process reports that it is the relay. */
  async isRelay(): Promise<boolean> {
    const process = this.process;
    try {
      const signal = AbortSignal.timeout(HEALTH_TIMEOUT_MS);
      const response = await fetch(`${this.service.origin}/health/ready`, { signal });
      const { eventStream } = (await response.json()) as { eventStream?: { relay: string } };
      return eventStream?.relay === 'here' && !this.killed.has(process);
    } catch {
      return false;
    }
  }

  async stop(): Promise<void> {
    this.stopped = true;
    await this.process.stop();
  }

  private start(): ServiceProcess {
    return startServiceProcess(this.service, (line) => {
      if (line.includes('"msg":"request"')) return;
      this.lastLines.push(line);
      if (this.lastLines.length > KEPT_LINES) this.lastLines.shift();
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
      await this.downtime.catch(() => undefined);
      if (this.stopped) return;
      if (!this.killed.has(process)) {
        if (this.readyProcess !== process) this.failedStarts += 1;
        else this.collapses.push([`${this.name}: ${exitText(exit)}`, ...this.lastLines.slice(-3)].join('\n'));
      }
      this.process = this.start();
    }
  }
}
