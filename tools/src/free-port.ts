import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/** Below the range that the system hands out for outgoing connections, so that none of those takes it meanwhile. */
const [LOWEST, HIGHEST] = [10_000, 32_000];

const handedOut = new Set<number>();

/** A loopback port that nothing listens on, never the same one twice from one process. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(LOWEST, HIGHEST);
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
