import type { EmbeddedPostgres } from '../embedded-postgres/launcher.js';
import { type Exit, exitText } from '../exit.js';
import { Fault } from '../fault.js';
import { type ServiceProcess, startServiceProcess } from '../service-process.js';
import type { ServiceDescription } from '../services.js';
import { errorInLogLine } from './log-line.js';
import type { Run } from './run-file.js';
import { ServiceLog } from './service-log.js';
import type { Terminal } from './terminal.js';

/** Postgres and the services that have been started, and the order in which they are stopped. */
export class RunningParts {
  /** Aborted when stopping begins. */
  readonly stopping: AbortSignal;
  /** Rejects when a running part ends unexpectedly. */
  readonly died: Promise<never>;

  private readonly stopper = new AbortController();
  private readonly layers: ServiceProcess[][] = [];
  private postgres: Promise<EmbeddedPostgres> | undefined;
  private reportDeath!: (fault: Fault) => void;

  constructor(
    private readonly logFolder: string,
    private readonly terminal: Terminal,
    private readonly run: Run,
  ) {
    this.stopping = this.stopper.signal;
    this.died = new Promise((_, reject) => {
      this.reportDeath = reject;
    });
    // It may reject when nothing awaits it.
    this.died.catch(() => undefined);
  }

  /** Postgres is stopped last, also when stopping begins before it is ready. */
  async startPostgres(start: () => Promise<EmbeddedPostgres>): Promise<EmbeddedPostgres> {
    this.stopping.throwIfAborted();
    this.postgres = start();
    const postgres = await this.postgres;
    this.watch('Postgres', postgres.exited);
    return postgres;
  }

  /**
   * Starts services in parallel, each with a log file, and returns when all are ready. They are stopped together, and
   * before everything that was started earlier.
   */
  async startServices(
    descriptions: readonly ServiceDescription[],
    onReady: (description: ServiceDescription) => void,
  ): Promise<void> {
    this.stopping.throwIfAborted();
    const layer = descriptions.map((description) => this.spawn(description));
    this.layers.push(layer);
    await this.run.addServices(layer);
    await Promise.all(
      layer.map(async (service, index) => {
        await service.ready();
        this.watch(service.name, service.exited);
        if (!this.stopping.aborted) onReady(descriptions[index] as ServiceDescription);
      }),
    );
  }

  /** Stops the services, the last ones first, and then Postgres. */
  async stop(): Promise<void> {
    this.stopper.abort();
    await this.run.noteStopping();
    for (const layer of this.layers.toReversed()) {
      await Promise.all(
        layer.map(async (service) => {
          await service.stop();
          this.terminal.say(`${service.name} stopped`);
        }),
      );
    }
    const postgres = await this.postgres?.catch(() => undefined);
    if (postgres === undefined) return;
    await postgres.stop();
    this.terminal.say('Postgres stopped');
  }

  private spawn(description: ServiceDescription): ServiceProcess {
    const { name } = description;
    const log = new ServiceLog(this.logFolder, name, (text) => this.terminal.complain(text));
    return startServiceProcess(description, (line, stream) => {
      log.write(line);
      const shown = stream === 'stderr' ? line.replace(`${name}: `, '') : errorInLogLine(line);
      if (shown !== undefined) this.terminal.complain(`${name}: ${shown}`);
    });
  }

  private watch(name: string, exited: Promise<Exit>): void {
    void exited.then((exit) => {
      if (!this.stopping.aborted)
        this.reportDeath(new Fault(`${name} ended unexpectedly (${exitText(exit)})`));
      return undefined;
    });
  }
}
