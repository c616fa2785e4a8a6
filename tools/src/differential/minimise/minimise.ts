import type { StartEngine } from '../engine.js';
import type { Difference } from '../system.js';
import { smallerOperations } from './smaller-operations.js';
import { smallerSubgraphs } from './smaller-subgraphs.js';
import { run, start, type TestCase } from './test-case.js';

export interface MinimisedCase {
  readonly testCase: TestCase;
  readonly difference: Difference;
}

/** A case as small as can be that fails in the same way. */
export async function minimise(failing: MinimisedCase, startEngine: StartEngine): Promise<MinimisedCase> {
  const smaller = await minimiseOperation(failing, startEngine);
  const smallest = await shrink(smaller, smallerSupergraphs, (testCase) => run(testCase, startEngine));
  return await minimiseOperation(smallest, startEngine);
}

async function minimiseOperation(failing: MinimisedCase, startEngine: StartEngine): Promise<MinimisedCase> {
  const system = await start(failing.testCase, startEngine);
  try {
    return await shrink(failing, smallerOperationsOf, ({ operation }) => system.difference(operation));
  } finally {
    await system.close();
  }
}

function smallerOperationsOf(testCase: TestCase): TestCase[] {
  return smallerOperations(testCase.operation).map((operation) => ({ ...testCase, operation }));
}

function smallerSupergraphs(testCase: TestCase): TestCase[] {
  return smallerSubgraphs(testCase.subgraphs).map((subgraphs) => ({ ...testCase, subgraphs }));
}

/** Takes the first smaller case that still fails, until there is none. */
async function shrink(
  failing: MinimisedCase,
  candidates: (testCase: TestCase) => TestCase[],
  attempt: (testCase: TestCase) => Promise<Difference | undefined>,
): Promise<MinimisedCase> {
  let current = failing;
  let at = 0;
  for (let left = candidates(current.testCase); at < left.length;) {
    const testCase = left[at]!;
    if (sizeOf(testCase) >= sizeOf(current.testCase)) {
      at++;
      continue;
    }
    // Candidates that do not compose, or whose operation is not valid, do not count.
    const difference = await attempt(testCase).catch(() => undefined);
    if (difference && kindOf(difference) === kindOf(failing.difference)) {
      current = { testCase, difference };
      left = candidates(testCase);
    } else {
      at++;
    }
  }
  return current;
}

function kindOf({ differences }: Difference): string {
  return differences[0]!.split(/[:[]/)[0]!;
}

function sizeOf({ subgraphs, operation }: TestCase): number {
  return JSON.stringify([subgraphs, operation]).length;
}
