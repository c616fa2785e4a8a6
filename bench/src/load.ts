import { Pool } from 'undici';

export interface Load {
  /** `http://host:port/graphql` */
  readonly url: string;
  readonly query: string;
  readonly headers: Record<string, string>;
  readonly connections: number;
}

/** Connections of one client to one server, kept alive between rounds. */
export class LoadGenerator {
  private readonly pool: Pool;
  private readonly path: string;
  private readonly body: string;

  constructor(private readonly load: Load) {
    const { origin, pathname } = new URL(load.url);
    this.pool = new Pool(origin, { connections: load.connections });
    this.path = pathname;
    this.body = JSON.stringify({ query: load.query });
  }

  /** Sends `count` requests over all connections; fails at the first answer that is not what it should be. */
  async run(count: number): Promise<void> {
    let left = count;
    const connection = async () => {
      while (left > 0) {
        left -= 1;
        await this.one();
      }
    };
    await Promise.all(Array.from({ length: this.load.connections }, connection));
  }

  /** One request; answers its body. */
  async one(): Promise<string> {
    const { statusCode, body } = await this.pool.request({
      method: 'POST',
      path: this.path,
      headers: { 'content-type': 'application/json', ...this.load.headers },
      body: this.body,
    });
    const text = await body.text();
    if (statusCode !== 200 || text.includes('"errors"'))
      throw new Error(`${this.load.url}: ${statusCode} ${text}`);
    return text;
  }

  async close(): Promise<void> {
    await this.pool.close();
  }
}
