import { createServer, connect, type AddressInfo, type Socket } from 'node:net';

/** A way to a database that a test can cut, freeze and mend. */
export interface DatabaseLink {
  /** The database's URL by way of the link. */
  readonly url: string;
  /** Breaks every connection and refuses new ones. */
  cut(): void;
  /** Lets nothing through, as a network that drops every packet: nobody is told. */
  freeze(): void;
  /** Everything goes through again, what was held back first. */
  mend(): void;
  close(): Promise<void>;
}

/** Puts a TCP proxy in front of the database. While cut, it hangs up on whoever comes. */
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
