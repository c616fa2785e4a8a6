import type { AuthContext } from '@kit/auth';
import { SubgraphClient, type SubgraphResponse } from './subgraph-client.js';
import { addressOf, type SubgraphOptions } from './subgraph-options.js';
import { TxnTokens } from './txn-tokens.js';

/** A client of one subgraph with connections of its own. It follows the subgraph to another address. */
export class SeparateClient {
  private client: SubgraphClient;

  /** @throws StartUpError when the address is invalid */
  constructor(
    readonly name: string,
    private readonly timeoutMs: number,
    options: SubgraphOptions,
  ) {
    this.client = this.open(options);
  }

  /** Sends all further requests to the address in these options. */
  use(options: SubgraphOptions): void {
    const before = this.client;
    this.client = this.open(options);
    void before.close();
  }

  /** Gets JSON from a path at the subgraph's origin. */
  get(path: string, auth: AuthContext): Promise<SubgraphResponse> {
    return this.client.get(path, auth);
  }

  async close(): Promise<void> {
    await this.client.close();
  }

  private open({ url, secret }: SubgraphOptions): SubgraphClient {
    const tokens = secret === undefined ? null : new TxnTokens(this.name, secret);
    return new SubgraphClient(addressOf(url, this.name), tokens, this.timeoutMs);
  }
}
