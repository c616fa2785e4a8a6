import { eventOf, ScriptedUpstream, type Asked } from './scripted-upstream.js';

/** A subgraph whose log is the numbers from 1 on. */
export class LoggedSubgraph {
  readonly upstream = new ScriptedUpstream();
  /** The last number of the log. */
  end = 20;
  /** What each subscription has yet to be told. */
  private readonly queues = new Map<Asked, string[]>();
  private readonly lost = new Set<Asked>();

  /** The subscriptions that are open: each is owed what came after its cursor. */
  get open(): Asked[] {
    for (const asked of this.upstream.asked) {
      if (this.queues.has(asked)) continue;
      const after = asked.request.variables['live__after'] as string | undefined;
      const from = after === undefined ? this.end : Number(after);
      const missed = Array.from({ length: this.end - from }, (_, n) => String(from + n + 1));
      this.queues.set(asked, [`b${from}`, ...missed, ...(after === undefined ? [] : [`b${this.end}`])]);
    }
    return this.upstream.asked.filter((asked) => !asked.isStopped && !this.lost.has(asked));
  }

  publish(count: number): void {
    const { open } = this;
    for (let n = 0; n < count; n += 1) {
      this.end += 1;
      for (const asked of open) this.queues.get(asked)!.push(String(this.end));
    }
  }

  /** Whether it has something for a subscription. */
  owes(asked: Asked): boolean {
    return !asked.isStopped && this.queues.get(asked)!.length > 0;
  }

  deliver(asked: Asked, most: number): void {
    const queue = this.queues.get(asked)!;
    for (let n = 0; n < most && this.owes(asked); n += 1) {
      const { query } = asked.request;
      asked.sink.next({ data: { ...eventOf(queue.shift()!).data, query } });
    }
  }

  lose(asked: Asked): void {
    this.lost.add(asked);
    asked.sink.lost();
  }
}
