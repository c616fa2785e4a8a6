import { eventOf, ScriptedUpstream, type UpstreamCall } from './scripted-upstream.js';

/** A subgraph whose log is the numbers from 1 on. */
export class LoggedSubgraph {
  readonly upstream = new ScriptedUpstream();
  /** The last number of the log. */
  end = 20;
  /** The undelivered messages of each subscription. */
  private readonly queues = new Map<UpstreamCall, string[]>();
  private readonly lost = new Set<UpstreamCall>();

  /** The open subscriptions. Each new one is queued the numbers after its cursor. */
  get open(): UpstreamCall[] {
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

  /** Whether a subscription has undelivered messages. */
  hasUndelivered(asked: UpstreamCall): boolean {
    return !asked.isStopped && this.queues.get(asked)!.length > 0;
  }

  deliver(asked: UpstreamCall, most: number): void {
    const queue = this.queues.get(asked)!;
    for (let n = 0; n < most && this.hasUndelivered(asked); n += 1) {
      const { query } = asked.request;
      asked.sink.next({ data: { ...eventOf(queue.shift()!).data, query } });
    }
  }

  lose(asked: UpstreamCall): void {
    this.lost.add(asked);
    asked.sink.lost();
  }
}
