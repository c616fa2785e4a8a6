import * as fc from 'fast-check';

/** One step of a generated run. */
export type Command =
  | { readonly do: 'publish'; readonly count: number }
  | { readonly do: 'deliver'; readonly index: number; readonly most: number }
  | { readonly do: 'join'; readonly back: number | null }
  | { readonly do: 'lose' | 'leave' | 'pause' | 'wake' | 'return'; readonly index: number }
  | { readonly do: 'hold' | 'release' }
  | { readonly do: 'wait'; readonly ms: number }
  | { readonly do: 'reload'; readonly kind: Reload; readonly isLate: boolean };

/** How a new schema affects the subscription. */
export type Reload =
  'same upstream request' | 'other upstream request' | 'other sharing key' | 'not accepted';

const index = fc.nat(20);
export const commands: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('publish' as const),
      count: fc.oneof({ weight: 8, arbitrary: fc.integer({ min: 1, max: 5 }) }, fc.constant(600)),
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('deliver' as const),
      index,
      most: fc.oneof(fc.integer({ min: 1, max: 4 }), fc.constant(Infinity)),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('join' as const),
      back: fc.option(fc.oneof(fc.nat(3), fc.nat(12)), { nil: null }),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constantFrom(
        'lose' as const,
        'leave' as const,
        'pause' as const,
        'wake' as const,
        'return' as const,
      ),
      index,
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('hold' as const, 'release' as const) }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.constantFrom(10, 100, 1_500, 61_000) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('reload' as const),
      kind: fc.oneof(
        { weight: 3, arbitrary: fc.constantFrom('same upstream request', 'other upstream request') },
        { weight: 1, arbitrary: fc.constantFrom('other sharing key', 'not accepted') },
      ),
      isLate: fc.boolean(),
    }),
  },
);
