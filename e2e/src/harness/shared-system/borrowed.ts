import { readFileSync } from 'node:fs';
import type { Exit } from '@supergraph/tools/exit';
import type { Environments, ServiceProcess, System } from '@supergraph/tools/system';
import { eventually } from '../eventually.js';
import { openUpstreams } from '../live-client.js';
import { announcedKeeper } from './announcement.js';
import type { Command, SharedProcess, SharedSystem } from './keeper.js';

type BorrowedSystem = System & Pick<SharedSystem, 'databaseUrls'>;

/** Jest's number of this worker. */
const WORKER = process.env['JEST_WORKER_ID'] ?? '1';

/**
 * Borrows the running system of this Jest worker. Services restart only where the environment differs from the one that
 * the test file before left. `stop` gives the system back, and the databases keep what is in them.
 */
export async function borrowSystem(
  environments: (system: SharedSystem) => Promise<Environments>,
): Promise<BorrowedSystem> {
  const described = await send<SharedSystem>({ do: 'describe' });
  const shared = await send<SharedSystem>({ do: 'configure', env: await environments(described) });
  return borrowed(shared);
}

function borrowed(shared: SharedSystem): BorrowedSystem {
  const given = new AbortController();
  const borrow = (process: SharedProcess, wasRunning: boolean) =>
    new BorrowedProcess(process, wasRunning, given.signal);
  const borrowAll = ({ processes }: SharedSystem, wasRunning: boolean) =>
    Object.fromEntries(
      Object.entries(processes).map(([name, process]) => [name, borrow(process, wasRunning)]),
    );
  const processes: { gateway: ServiceProcess } & Record<string, ServiceProcess> = {
    ...borrowAll(shared, true),
    gateway: borrow(shared.processes.gateway, true),
  };
  return {
    ...shared,
    processes,
    async restart(name, environment) {
      const now = await send<SharedSystem>({ do: 'restart', name, ...(environment && { environment }) });
      processes[name] = borrow(now.processes[name]!, false);
    },
    async configure(env) {
      const now = await send<SharedSystem>({ do: 'configure', env });
      Object.assign(processes, borrowAll(now, false));
    },
    async stop() {
      given.abort();
      await noSubscriptions(shared.gatewayUrl);
    },
  };
}

/** The next test file may count upstreams. @throws Error when this one leaves a subscription open */
async function noSubscriptions(gatewayUrl: string): Promise<void> {
  await eventually(
    // A gateway that does not run has none.
    () => openUpstreams(gatewayUrl).catch(() => 0),
    (open) => open === 0,
    60_000,
    'this test file leaves subscriptions open',
  );
}

class BorrowedProcess implements ServiceProcess {
  readonly name: string;
  readonly pid: number;
  private readonly log: string;
  private readonly from: number;
  private exit: Promise<Exit> | undefined;

  /** @param wasRunning whether its log has lines of earlier test files */
  constructor(
    { name, pid, log }: SharedProcess,
    wasRunning: boolean,
    private readonly given: AbortSignal,
  ) {
    this.name = name;
    this.pid = pid;
    this.log = log;
    this.from = wasRunning ? readFileSync(log).length : 0;
  }

  get exited(): Promise<Exit> {
    this.exit ??= send<Exit>({ do: 'wait for exit', pid: this.pid }, this.given);
    // A test file may end before the process does.
    this.exit.catch(() => undefined);
    return this.exit;
  }

  kill(signal: NodeJS.Signals): void {
    process.kill(this.pid, signal);
  }

  logs(): string[] {
    return readFileSync(this.log).subarray(this.from).toString().split('\n').slice(0, -1);
  }

  /** The keeper has waited for it already. */
  async ready(): Promise<void> {}

  async stop(): Promise<void> {
    await send({ do: 'stop', pid: this.pid });
  }
}

async function send<Result>(command: Command, signal?: AbortSignal): Promise<Result> {
  const response = await fetch(`${announcedKeeper()}/${WORKER}`, {
    method: 'POST',
    body: JSON.stringify(command),
    signal: signal ?? null,
  });
  if (!response.ok) throw new Error(await response.text());
  return (await response.json()) as Result;
}
