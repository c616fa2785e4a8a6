import { createServer, connect, type AddressInfo, type Socket } from 'node:net';

/** A connection path to a database that a test can cut, freeze and restore. */
export interface DatabaseLink {
  /** The URL of the database through the link. */
  readonly url: string;
  /** Breaks all connections and closes new ones. */
  cut(): void;
  /** Forwards nothing and closes nothing, like a network that drops all packets. */
  freeze(): void;
  /** Forwards again, starting with the held data. */
  mend(): void;
  close(): Promise<void>;
}

/** Puts a TCP proxy in front of the database. While cut, it closes each new connection. */
export async function linkTo(databaseUrl: string): Promise<DatabaseLink> {
  const target = new URL(databaseUrl);
  const sockets = new Set<Socket>();
  let whole = true;
  let held: (() => void)[] | null = null;
  const server = createServer((client) => {
    if (!whole) {
      client.destroy();
      return;
    }
    const upstream = connect(Number(target.port), target.hostname);
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(socket);
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        sockets.delete(socket);
        other.destroy();
      });
      socket.on('data', (bytes) => {
        const pass = () => void other.write(bytes);
        if (held) held.push(pass);
        else pass();
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = new URL(databaseUrl);
  url.hostname = '127.0.0.1';
  url.port = String((server.address() as AddressInfo).port);
  const cut = () => {
    whole = false;
    for (const socket of sockets) socket.destroy();
  };
  return {
    url: url.href,
    cut,
    freeze: () => {
      held ??= [];
    },
    mend: () => {
      whole = true;
      for (const pass of held ?? []) pass();
      held = null;
    },
    close: () => {
      cut();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
