import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';
import { Fault } from './fault.js';

const LOWEST = 10_000;
/** The system uses higher ports for outgoing connections, so a free one may be in use a moment later. */
export const HIGHEST_STEADY_PORT = 32_000;

/** The number of this process as a Jest worker. 0 outside of Jest. */
const WORKER = Number(process.env['JEST_WORKER_ID'] ?? 0);

const returned = new Set<number>();

/** One share of the ports for each Jest worker (at most three, from 1 on), so that no two of them choose the same one. */
const SHARES = 4;

/**
 * @param worker the Jest worker that will use the port
 * @returns a free loopback port, never the same one twice in one process
 */
export async function freePort(worker = WORKER): Promise<number> {
  for (;;) {
    const port = SHARES * randomInt(LOWEST / SHARES, HIGHEST_STEADY_PORT / SHARES) + (worker % SHARES);
    if (returned.has(port) || (await listenFault(port)) !== undefined) continue;
    returned.add(port);
    return port;
  }
}

/** Why 127.0.0.1:`port` cannot be listened on (`EADDRINUSE`, `EACCES`, ...). Undefined when it is free. */
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
 * @param ports by the variable that sets each of them
 * @throws Fault that names all ports that cannot be used, and their variables
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
