import type { StartEngine } from '../engine.js';
import type { Operation } from '../operation/generate-operation.js';
import { NO_FAULTS, SOME_FAULTS, type FaultRates } from '../resolvers/faults.js';
import type { SubgraphSource } from '../subgraph-source.js';
import { DifferentialSystem, type Difference } from '../system.js';

/** A supergraph, and the values of its fields. */
export interface SupergraphCase {
  readonly subgraphs: readonly SubgraphSource[];
  /** Seeds the values of the fields. */
  readonly seed: number;
  readonly rates: FaultRates;
}

/** One operation on one supergraph. */
export interface TestCase extends SupergraphCase {
  readonly operation: Operation;
}

/** The supergraphs with odd seeds have resolvers that fail. */
export function ratesOf(seed: number): FaultRates {
  return seed % 2 === 0 ? NO_FAULTS : SOME_FAULTS;
}

/** The seed of an operation by its supergraph's and its number. */
export function operationSeed(seed: number, number: number): number {
  return seed * 10_000 + number;
}

export async function start(
  { subgraphs, seed, rates }: SupergraphCase,
  startEngine: StartEngine,
): Promise<DifferentialSystem> {
  return await DifferentialSystem.start(subgraphs, seed, rates, startEngine);
}

/** @returns how the case fails. Undefined when it passes. */
export async function run(testCase: TestCase, startEngine: StartEngine): Promise<Difference | undefined> {
  const system = await start(testCase, startEngine);
  try {
    return await system.difference(testCase.operation);
  } finally {
    await system.close();
  }
}
