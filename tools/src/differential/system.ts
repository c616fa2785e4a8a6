import { execute, parse, validate, type ExecutionResult, type GraphQLSchema } from 'graphql';
import { differences } from './compare.js';
import type { Engine, StartEngine } from './engine.js';
import type { Operation } from './operation/generate-operation.js';
import { Data } from './resolvers/data.js';
import type { FaultRates } from './resolvers/faults.js';
import { monolith, subgraphSchema, type MutationLog } from './resolvers/resolvers.js';
import type { SubgraphSource } from './subgraph-source.js';
import { compose } from './supergraph/compose.js';

/** How the results of an operation differ from those of the monolith. */
export interface Difference {
  readonly differences: readonly string[];
  readonly actual: ExecutionResult;
  readonly expected: ExecutionResult;
}

/** A supergraph behind an engine, and the monolith with the same values. */
export class DifferentialSystem {
  /** How many operations were executed by both. */
  compared = 0;

  private constructor(
    readonly api: GraphQLSchema,
    private readonly engine: Engine,
    private readonly log: MutationLog,
    private readonly expectedLog: MutationLog,
  ) {}

  /** @throws NotComposable */
  static async start(
    subgraphs: readonly SubgraphSource[],
    seed: number,
    rates: FaultRates,
    startEngine: StartEngine,
  ): Promise<DifferentialSystem> {
    const { supergraphSdl, api } = compose(subgraphs);
    const data = new Data(subgraphs, seed, rates);
    const [log, expectedLog]: MutationLog[] = [[], []];
    const running = subgraphs.map((each) => ({ name: each.name, schema: subgraphSchema(each, data, log!) }));
    const engine = await startEngine(supergraphSdl, running);
    return new DifferentialSystem(monolith(api, data, expectedLog!), engine, log!, expectedLog!);
  }

  /** @returns the first execution that differs, if one does */
  async difference({ document, variables }: Operation): Promise<Difference | undefined> {
    const parsed = parse(document);
    const [invalid] = validate(this.api, parsed);
    if (invalid) throw invalid;
    this.expectedLog.length = 0;
    const expected = await execute({ schema: this.api, document: parsed, variableValues: variables });
    // A minimised supergraph may be one whose fields the values do not know.
    const unknown = expected.errors?.find(({ message }) => message.startsWith('no subgraph resolves'));
    if (unknown) throw unknown;
    this.log.length = 0;
    const results = await this.engine.execute(parsed, variables);
    if (results.length > 0) this.compared += 1;
    for (const actual of results) {
      const found = differences(actual, expected);
      const log = this.log.splice(0, this.expectedLog.length).join(', ');
      // A null in a non-null field of the mutation type ends a monolith's execution before the next mutation.
      if (expected.data && log !== this.expectedLog.join(', '))
        found.push(`executed the mutations ${log} instead of ${this.expectedLog.join(', ')}`);
      if (found.length > 0) return { differences: found, actual, expected };
    }
    return undefined;
  }

  async close(): Promise<void> {
    await this.engine.close?.();
  }
}
