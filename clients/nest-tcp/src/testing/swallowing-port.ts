import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';

/** Listens, says where, and stops forever before it takes a connection. */
const PROGRAM = `
  const server = require('node:net').createServer();
  server.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
    require('node:fs').writeSync(1, String(server.address().port));
    process.kill(process.pid, 'SIGSTOP');
  });
`;

/** A port that lets connections wait: the first few are never read from, later ones are not even established. */
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
