/** How a resolver goes wrong at one place of its value. */
export type Fault = 'throw' | 'null' | 'wrong';

export class ResolverFailure extends Error {
  /** @param manner in which a resolver fails: it returns the error or throws it. GraphQL.js leaves
   * some rejections unhandled */
  constructor(readonly manner: number) {
    super('a failing resolver');
  }
}

/** How many of a thousand places go wrong. */
export interface FaultRates {
  /** The resolver throws, returns null, or returns a value of another type. */
  readonly faults: number;
  /** Nulls in nullable places without an error. */
  readonly nulls: number;
  /** Entities that a subgraph does not find. */
  readonly absent: number;
}

export const NO_FAULTS: FaultRates = { faults: 0, nulls: 80, absent: 0 };
export const SOME_FAULTS: FaultRates = { faults: 60, nulls: 60, absent: 80 };

/** A value that no leaf of this type can have. */
export function wrongLeaf(type: string): unknown {
  if (type === 'Int' || type === 'Float') return 'seven';
  if (type === 'Boolean') return 'yes';
  return type === 'String' || type === 'ID' ? { wrong: true } : 'NO_SUCH_VALUE';
}
