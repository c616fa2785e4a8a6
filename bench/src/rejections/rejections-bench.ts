import { setTimeout as delay } from 'node:timers/promises';
import { Fault } from '@supergraph/tools/fault';
import { request } from 'undici';
import { withBenchSystem } from '../bench-system.js';
import type { DurablePostgres } from '../durable-postgres.js';
import type { Endpoint } from '../endpoint.js';
import type { Figure } from '../figure.js';
import { type BenchOperation, EXPENSIVE_OPERATIONS, HOSTILE_OPERATIONS } from './documents.js';

const EACH = 30;
const LONGEST_REJECTION_MS = 20;
const LONGEST_BLOCK_MS = 50;
const BETWEEN_PROBES_MS = 5;

/** How long hostile and expensive operations take, and how long they block the gateway's event loop. */
export async function rejectionsBench(postgres: DurablePostgres): Promise<Figure[]> {
  return withBenchSystem(postgres, {}, async ({ gateway, system }) => {
    const healthUrl = new URL('/health/live', system.gatewayUrl).href;
    const rejected = await measure(gateway, healthUrl, HOSTILE_OPERATIONS, true);
    const planned = await measure(gateway, healthUrl, EXPENSIVE_OPERATIONS, false);
    const ms = { unit: 'ms', digits: 1 };
    const health = { ...ms, atMost: LONGEST_BLOCK_MS };
    return [
      { name: 'slowest rejection', values: [rejected.slowest], ...ms, atMost: LONGEST_REJECTION_MS },
      { name: '`/health/live` meanwhile, slowest', values: [rejected.blocked], ...health },
      { name: 'slowest accepted operation', values: [planned.slowest], ...ms },
      { name: '`/health/live` meanwhile, slowest', values: [planned.blocked], ...health },
    ];
  });
}

/** @returns the largest times in milliseconds, of an operation and of a health probe */
async function measure(
  gateway: Endpoint,
  healthUrl: string,
  operations: readonly BenchOperation[],
  isRejected: boolean,
): Promise<{ slowest: number; blocked: number }> {
  const probes = probe(healthUrl);
  let slowest = 0;
  for (const { query, variables } of operations) {
    for (let n = 0; n < EACH; n += 1) {
      // A new document each time: the gateway remembers documents.
      const operation = { query: `${query} # ${n}`, variables };
      const from = performance.now();
      const text = await gateway.post(operation);
      slowest = Math.max(slowest, performance.now() - from);
      if (text.includes('"errors"') !== isRejected) throw new Fault(`${query.slice(0, 60)} … ${text}`);
    }
  }
  return { slowest, blocked: await probes.stop() };
}

/** Requests a cheap URL repeatedly. A slow response has waited for the event loop. */
function probe(url: string) {
  const state = { isOver: false, slowest: 0 };
  const probing = (async () => {
    while (!state.isOver) {
      const from = performance.now();
      const { body } = await request(url);
      await body.dump();
      state.slowest = Math.max(state.slowest, performance.now() - from);
      await delay(BETWEEN_PROBES_MS);
    }
  })();
  return {
    async stop(): Promise<number> {
      state.isOver = true;
      await probing;
      return state.slowest;
    },
  };
}
