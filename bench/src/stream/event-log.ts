import { setTimeout as delay } from 'node:timers/promises';
import { Fault } from '@supergraph/tools/fault';
import type { Client } from 'pg';

const POLL_MS = 5;
const DEADLINE_MS = 120_000;

/** Waits until `seq` events have been numbered. */
export async function untilNumbered(client: Client, seq: number): Promise<void> {
  const deadline = performance.now() + DEADLINE_MS;
  for (;;) {
    const { rows } = await client.query<{ last_seq: string }>('SELECT last_seq FROM event_log_state');
    const last = Number(rows[0]?.last_seq);
    if (last >= seq) return;
    if (performance.now() > deadline) throw new Fault(`only ${last} of ${seq} events are numbered`);
    await delay(POLL_MS);
  }
}
