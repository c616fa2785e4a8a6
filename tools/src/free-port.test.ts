import { createServer, type Server } from 'node:net';
import { once } from 'node:events';
import { afterEach, describe, expect, test } from '@jest/globals';
import { freePort, requirePortsFree } from './free-port.js';

const busy: Server[] = [];
const busyPort = async () => {
  const port = await freePort();
  const server = createServer().listen(port, '127.0.0.1');
  busy.push(server);
  await once(server, 'listening');
  return port;
};
afterEach(() => {
  for (const server of busy.splice(0)) server.close();
});

describe('ports that are in use', () => {
  test('are all named, each with the variable to set', async () => {
    const ports = { FIRST_PORT: await busyPort(), FREE_PORT: await freePort(), LAST_PORT: await busyPort() };
    await expect(requirePortsFree(ports)).rejects.toThrow(
      `FIRST_PORT: port ${ports.FIRST_PORT} is in use by another program. Set FIRST_PORT to a free port.\n` +
        `LAST_PORT: port ${ports.LAST_PORT} is in use by another program. Set LAST_PORT to a free port.`,
    );
  });

  test('do not matter when they are not requested', async () => {
    await busyPort();
    await requirePortsFree({ FREE_PORT: await freePort() });
  });
});
