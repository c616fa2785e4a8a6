import type { BenchSystem } from '../bench-system.js';
import { numberedAddress } from '../numbered-address.js';
import type { GroupTask } from './watcher-group.js';

/** One subgraph has the subscriber, another one the user who added it. */
export const WATCH = `subscription ($after: String) {
  subscriberAdded(after: $after, bookmarks: true) {
    cursor
    occurredAt
    subscriber { id email addedBy { displayName } }
  }
}`;

/** A running system that numbers its additions. */
export class LiveSystem {
  /** The number of the next addition. */
  next = 0;

  constructor(readonly bench: BenchSystem) {}

  get gatewayPid(): number {
    return this.bench.system.processes.gateway.pid;
  }

  /** Adds one subscriber at the subgraph, so that the gateway does no work for it. @returns its number */
  async add(): Promise<number> {
    const number = this.take(1);
    await this.bench.subgraph('email-subscriptions').add(numberedAddress(number));
    return number;
  }

  /** Reserves numbers. @returns the first one */
  take(count: number): number {
    this.next += count;
    return this.next - count;
  }

  /** Watchers of the gateway, or of another server at `url`. */
  watchers(count: number, url = this.bench.gateway.webSocketUrl): GroupTask {
    const connectionInit = this.bench.gateway.credentials.connectionInit();
    return { url, connectionInit, query: WATCH, watchers: count, next: this.next };
  }
}
