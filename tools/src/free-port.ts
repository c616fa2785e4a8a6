import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';
import { Fault } from './fault.js';

const LOWEST = 10_000;
/** Above it the system takes ports for outgoing connections: one that is free now may be in use a moment later. */
export const HIGHEST_STEADY_PORT = 32_000;

/** The number of the Jest worker that this process is; 0 outside Jest. */
const WORKER = Number(process.env['JEST_WORKER_ID'] ?? 0);

const handedOut = new Set<number>();

/**
 * A loopback port that nothing listens on, never the same one twice from one process.
 * @param worker Jest runs tests in two workers: one gets even ports and the other odd ones, so that they never collide
 */
export async function freePort(worker = WORKER): Promise<number> {
  for (;;) {
    const port = 2 * randomInt(LOWEST / 2, HIGHEST_STEADY_PORT / 2) + (worker % 2);
    if (handedOut.has(port) || (await listenFault(port)) !== undefined) continue;
    handedOut.add(port);
    return port;
  }
}

/** Why 127.0.0.1:`port` cannot be listened on (`EADDRINUSE`, `EACCES`, ...); undefined when it can. */
export async function listenFault(port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => {
      server.close(() => resolve(undefined));
    });
  });
}

/**
 * @param ports each with the variable that sets it
 * @throws Fault that names each port which cannot be listened on, and its variable
 */
export async function requirePortsFree(ports: Readonly<Record<string, number>>): Promise<void> {
  const problems = await Promise.all(
    Object.entries(ports).map(([variable, port]) => problem(variable, port)),
  );
  const found = problems.filter((each) => each !== undefined);
  if (found.length > 0) throw new Fault(found.join('\n'));
}

async function problem(variable: string, port: number): Promise<string | undefined> {
  const fault = await listenFault(port);
  if (fault === undefined) return undefined;
  return fault === 'EADDRINUSE'
    ? `${variable}: port ${port} is in use by another program. Set ${variable} to a free port.`
    : `${variable}: this user cannot listen on port ${port} (${fault}). Set ${variable} to another port.`;
}
