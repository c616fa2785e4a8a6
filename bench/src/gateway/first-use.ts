import { type Figure, ratios } from '../figure.js';
import { repeat } from '../load.js';
import { cpuTimeMs } from '../process-usage.js';
import type { Contender, Contenders } from './contender.js';
import { newDocument } from './new-documents.js';

const DOCUMENTS = 150;
const ROUNDS = 4;
const MOST_RATIO = 1.3;

/** CPU time of each gateway process for a document that it has never served, one at a time. */
export async function firstUse(contenders: Contenders): Promise<Figure[]> {
  const cpu = new Map<Contender, number[]>(
    (Object.values(contenders) as Contender[]).map((each) => [each, []]),
  );
  // The first round only warms up.
  for (let round = 0; round <= ROUNDS; round += 1) {
    for (const [{ pid, endpoint }, values] of cpu) {
      const before = cpuTimeMs(pid);
      await repeat(DOCUMENTS, 1, (n) => endpoint.query(newDocument(round * DOCUMENTS + n)));
      if (round > 0) values.push((cpuTimeMs(pid) - before) / DOCUMENTS);
    }
  }
  const { ours, stock } = contenders;
  return [
    ...[...cpu].map(([{ name }, values]) => ({
      name: `new document, CPU of ${name}`,
      values,
      unit: 'ms',
      digits: 2,
    })),
    {
      name: `new document, CPU : ${stock.name}`,
      values: ratios(cpu.get(ours)!, cpu.get(stock)!),
      digits: 2,
      atMost: MOST_RATIO,
    },
  ];
}
