import { spawn } from 'node:child_process';
import { get } from 'node:http';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { type Exit, exitText } from './exit.js';
import { Fault } from './fault.js';
import type { ServiceDescription } from './services.js';

const READY_POLL_MS = 50;
const READY_MS = 60_000;
const DRAIN_MS = 30_000;
const KEPT_LINES = 10_000;

export interface ServiceProcess {
  readonly name: string;
  readonly pid: number;
  /** Resolves when it has exited for any reason, and all its output has been read. */
  readonly exited: Promise<Exit>;
  /** Sends a signal. No effect after it has exited. */
  kill(signal: NodeJS.Signals): void;
  /** The last lines of its output (at most 10,000), in order of arrival. */
  logs(): string[];
  /** Resolves when `/health/ready` returns 200. @throws Fault when it exits first, or is not ready within 60 s */
  ready(): Promise<void>;
  /** Lets it drain (SIGTERM), and kills it after 30 s. May be called again. */
  stop(): Promise<void>;
}

/** Called with each line as it is written. */
export type LineListener = (line: string, stream: 'stdout' | 'stderr') => void;

/**
 * Starts a service as a process in a separate session, so that Ctrl-C in the terminal reaches only this process, which
 * stops the services in order. A service drains by itself when its IPC channel closes, as when this process dies.
 */
export function startServiceProcess(service: ServiceDescription, onLine?: LineListener): ServiceProcess {
  const child = spawn(process.execPath, [...service.nodeFlags, service.entryPoint], {
    env: { ...process.env, ...service.environment },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    detached: true,
  });
  const { pid } = child;
  if (pid === undefined) throw new Fault(`${service.name} could not start: ${process.execPath} does not run`);

  const lines: string[] = [];
  for (const stream of ['stdout', 'stderr'] as const) {
    const source = child[stream];
    if (source === null) continue;
    createInterface({ input: source, crlfDelay: Infinity }).on('line', (line) => {
      lines.push(line);
      if (lines.length > KEPT_LINES) lines.shift();
      onLine?.(line, stream);
    });
  }
  const exited = new Promise<Exit>((resolve) => {
    child.once('close', (code, signal) => resolve({ code, signal }));
  });
  // A channel that breaks is noticed by the exit of the process.
  child.on('error', () => undefined);

  const hasEnded = () => child.exitCode !== null || child.signalCode !== null;
  return {
    name: service.name,
    pid,
    exited,
    kill: (signal) => void child.kill(signal),
    logs: () => [...lines],
    async ready() {
      const deadline = Date.now() + READY_MS;
      while (!(await answersReady(service.origin))) {
        if (hasEnded()) {
          throw new Fault(`${service.name} could not start (${exitText(await exited)})`);
        }
        if (Date.now() > deadline)
          throw new Fault(`${service.name} was not ready within ${READY_MS / 1000} s`);
        await Promise.race([exited, delay(READY_POLL_MS)]);
      }
    },
    async stop() {
      if (!hasEnded()) child.kill('SIGTERM');
      const impatience = setTimeout(() => child.kill('SIGKILL'), DRAIN_MS);
      await exited;
      clearTimeout(impatience);
    },
  };
}

async function answersReady(origin: string): Promise<boolean> {
  return new Promise((resolve) => {
    // Without an agent, since the service would have to drain a kept-alive connection.
    const request = get(`${origin}/health/ready`, { agent: false, timeout: 5_000 }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    request.once('timeout', () => request.destroy());
    request.once('error', () => resolve(false));
  });
}
