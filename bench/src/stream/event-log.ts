import { setTimeout as delay } from 'node:timers/promises';
import { Fault } from '@supergraph/tools/fault';
import type { Client } from 'pg';

const POLL_MS = 5;

/** How many events have been numbered so far, ever. */
export async function lastSeq(client: Client): Promise<number> {
  const { rows } = await client.query<{ last_seq: string }>('SELECT last_seq FROM event_log_state');
  return Number(rows[0]?.last_seq);
}

/** Asks until so many events have been numbered. @returns how many have */
export async function untilNumbered(client: Client, seq: number, deadlineMs: number): Promise<number> {
  const deadline = performance.now() + deadlineMs;
  for (;;) {
    const last = await lastSeq(client);
    if (last >= seq) return last;
    if (performance.now() > deadline) throw new Fault(`${last} of ${seq} events are numbered in time`);
    await delay(POLL_MS);
  }
}
