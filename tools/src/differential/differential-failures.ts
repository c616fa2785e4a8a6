import type { StartEngine } from './engine.js';
import { minimise } from './minimise/minimise.js';
import { report } from './minimise/report.js';
import { operationSeed, ratesOf, start, type SupergraphCase, type TestCase } from './minimise/test-case.js';
import { generateOperation } from './operation/generate-operation.js';
import { NotComposable } from './supergraph/compose.js';
import { generateSupergraph } from './supergraph/generate-supergraph.js';
import type { DifferentialSystem, Difference } from './system.js';

/** Which generated cases to run. */
interface CaseRange {
  readonly firstSeed: number;
  readonly supergraphs: number;
  /** Per supergraph. */
  readonly operations: number;
  /** `seed,number` of the only case to run. */
  readonly only?: string | undefined;
}

interface Failures {
  /** How many operations were compared. */
  readonly operations: number;
  /** How many supergraphs did not compose. */
  readonly notComposable: number;
  /** The first failing cases, each as small as can be. */
  readonly texts: readonly string[];
}

/** Minimising takes a while, and the first failures say most. */
const MAX_REPORTED = 3;

/** Runs generated operations on generated supergraphs, and compares their results with those of a monolith. */
export async function differentialFailures(range: CaseRange, startEngine: StartEngine): Promise<Failures> {
  const texts: string[] = [];
  let [operations, notComposable] = [0, 0];
  const [onlySeed, onlyNumber] = range.only?.split(',').map(Number) ?? [];
  const seeds = onlySeed === undefined ? from(range.firstSeed, range.supergraphs) : [onlySeed];
  const numbers = onlyNumber === undefined ? from(0, range.operations) : [onlyNumber];
  for (const seed of seeds) {
    const supergraph = { subgraphs: generateSupergraph(seed), seed, rates: ratesOf(seed) };
    const system = await startUnlessNotComposable(supergraph, startEngine);
    if (!system) notComposable += 1;
    for (const number of system ? numbers : []) {
      const operation = generateOperation(system!.api, operationSeed(seed, number));
      const failure = await failureOf({ ...supergraph, operation }, system!, startEngine);
      if (failure !== undefined) texts.push(`SEED=${seed},${number}\n${failure}`);
      if (texts.length === MAX_REPORTED) break;
    }
    operations += system?.compared ?? 0;
    await system?.close();
    if (texts.length === MAX_REPORTED) break;
  }
  return { operations, notComposable, texts };
}

function from(first: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => first + i);
}

async function startUnlessNotComposable(
  supergraph: SupergraphCase,
  startEngine: StartEngine,
): Promise<DifferentialSystem | undefined> {
  try {
    return await start(supergraph, startEngine);
  } catch (error) {
    if (error instanceof NotComposable) return undefined;
    throw error;
  }
}

async function failureOf(
  testCase: TestCase,
  system: DifferentialSystem,
  startEngine: StartEngine,
): Promise<string | undefined> {
  let difference: Difference | undefined;
  try {
    difference = await system.difference(testCase.operation);
  } catch (error) {
    return `${testCase.operation.document}\n${(error as Error).stack}`;
  }
  return difference && report(await minimise({ testCase, difference }, startEngine));
}
