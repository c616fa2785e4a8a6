import type { Client } from 'pg';
import { BULK_ROW } from '../tables/bulk-outbox.entity.js';
import { moveBulkBatch } from './relay-statements.js';

/**
 * How many bulk events are numbered in a second at most: about as many as a watcher can receive, since a live event waits at
 * a watcher for the events that were numbered before it.
 */
export const BULK_EVENTS_PER_SECOND = 2_000;

/** How many bulk events one batch numbers: few, because new live events wait for it. A larger row is a batch of its own. */
const BATCH = BULK_ROW;

/** How late a batch may be without lowering the rate, in milliseconds. */
const LATE_MS = 250;

const millisecondsOf = (events: number) => (events / BULK_EVENTS_PER_SECOND) * 1_000;

/** Numbers the events of bulk jobs, one batch at a time and at a bounded rate. */
export class BulkLane {
  /** When the next batch may be numbered, by `performance.now()`. */
  private nextAt = 0;

  /**
   * Numbers the next batch if the rate allows it now.
   * @returns the number of events, and in how many milliseconds to call it again; `Infinity` if no events wait
   */
  async move(client: Client): Promise<{ moved: number; againInMs: number }> {
    const start = performance.now();
    if (start < this.nextAt) return { moved: 0, againInMs: this.nextAt - start };
    const moved = await moveBulkBatch(client, BATCH);
    const costMs = millisecondsOf(moved || BATCH);
    this.nextAt = Math.max(this.nextAt, start - LATE_MS) + costMs;
    return { moved, againInMs: moved > 0 ? Math.max(0, this.nextAt - performance.now()) : Infinity };
  }
}
