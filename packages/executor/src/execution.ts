import type { GraphQLError } from 'graphql';
import type { Fetcher } from './fetching/fetch.js';
import type { GraphQLResult } from './answer/graphql-result.js';
import { KnownErrors, type Path } from './known-errors.js';
import type { Data } from './own.js';

/**
 * Maximum number of errors that are reported for one fetch. An error of an entity is reported at each of its places, so
 * a few errors can become many.
 */
const MAX_ERRORS = 1_000;

/** The input of a run of a program. */
export interface RunOptions<Context> {
  /** As the client sent them. They must be valid. */
  readonly variables: Readonly<Record<string, unknown>>;
  readonly context: Context;
  readonly fetch: Fetcher<Context>;
  /** Takes the place of the answer to the plan's first fetch. Its data may be changed. */
  readonly event?: GraphQLResult | undefined;
}

/** An error that a subgraph has reported with a path. */
export interface ErrorOrigin {
  /** With the keys inside the executor. */
  readonly path: Path;
  /** The length of the path of the value that is null because of it. */
  readonly nullAt: number;
}

/** One run of a program: the data so far, and the errors of its fetches. */
export class Execution<Context> {
  data: Data = {};
  /** Whether the rest of the plan is not run. */
  isOver = false;
  private readonly errors: (GraphQLError[] | undefined)[] = [];
  private readonly origins = new Map<GraphQLError, ErrorOrigin>();
  /** The places where a whole answer is missing. */
  private readonly missing: Path[] = [];

  constructor(readonly options: RunOptions<Context>) {}

  /** @param order the place of the fetch in the plan */
  addError(order: number, error: GraphQLError, origin?: ErrorOrigin): void {
    const errors = (this.errors[order] ??= []);
    if (errors.length >= MAX_ERRORS) return;
    errors.push(error);
    if (origin) this.origins.set(error, origin);
  }

  /** No further error is reported for nulls at or beneath a path. */
  addMissing(path: Path): void {
    this.missing.push(path);
  }

  /** In the order of the plan. */
  fetchErrors(): GraphQLError[] {
    const all = this.errors.flatMap((errors) => errors ?? []);
    return all.length < 2 ? all : withoutRepeated(all);
  }

  originOf(error: GraphQLError): ErrorOrigin | undefined {
    return this.origins.get(error);
  }

  /** The places of errors, with the client's keys. */
  knownErrors(errors: readonly GraphQLError[]): KnownErrors {
    const known = new KnownErrors();
    for (const { path } of errors) if (path) known.add(path);
    for (const path of this.missing) known.add(path);
    return known;
  }
}

/** Subgraphs that resolve the same field report the same failure. The client gets it once. */
function withoutRepeated(errors: readonly GraphQLError[]): GraphQLError[] {
  const known = new Set<string>();
  return errors.filter(({ path, message }) => {
    const key = path && JSON.stringify([path, message]);
    return key === undefined || (!known.has(key) && known.add(key));
  });
}
