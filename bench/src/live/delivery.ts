import { numbersOfDelivery, printDelivery } from '../additions/delivery-rounds.js';
import type { LiveSystem } from './live-system.js';
import { WATCH } from './watch.js';

/** How soon an addition reaches those who watch through the gateway, joined from both subgraphs. */
export async function delivery(live: LiveSystem): Promise<void> {
  await printDelivery({
    title: 'From the answer to an addition to its joined event, both through the gateway',
    endpoint: live.gateway,
    query: WATCH,
    first: live.take(numbersOfDelivery),
    service: { name: 'the gateway', pid: live.gatewayPid },
    mostMs: { p50: 20, p99: 60 },
  });
}
