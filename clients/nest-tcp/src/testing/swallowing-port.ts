import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';

/** Listens, prints the port, and freezes before it accepts a connection. */
const PROGRAM = `
  const server = require('node:net').createServer();
  server.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
    require('node:fs').writeSync(1, String(server.address().port));
    process.kill(process.pid, 'SIGSTOP');
  });
`;

/** A port of a frozen process: the first connections are established but never read, later ones are not established. */
export async function swallowingPort(): Promise<{ port: number; isFull: () => boolean; stop: () => void }> {
  const child = spawn(process.execPath, ['-e', PROGRAM], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [port] = (await once(child.stdout, 'data')) as [Buffer];
  const waiting = Array.from({ length: 8 }, () =>
    connect(Number(port), '127.0.0.1').on('error', () => undefined),
  );
  return {
    port: Number(port),
    isFull: () =>
      waiting.some(({ connecting }) => connecting) && waiting.some(({ connecting }) => !connecting),
    stop: () => {
      for (const socket of waiting) socket.destroy();
      child.kill('SIGKILL');
    },
  };
}
