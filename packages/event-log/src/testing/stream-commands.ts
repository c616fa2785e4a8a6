import * as fc from 'fast-check';

/** Notes with one text or another, of another kind of event, or that are deleted before any watcher sees them. */
const KINDS = ['a', 'b', 'other', 'deleted'] as const;
export type Kind = (typeof KINDS)[number];

export type Command =
  | { readonly do: 'publish'; readonly kind: Kind; readonly count: number }
  | { readonly do: 'number' | 'wake' | 'newEpoch' }
  | { readonly do: 'trim'; readonly part: number }
  | {
      readonly do: 'watch';
      readonly wants: 'a' | 'b' | null;
      readonly bookmarks: boolean;
      /** Whether replays filter in SQL, too. */
      readonly isSql: boolean;
    }
  | { readonly do: 'read'; readonly index: number; readonly most: number }
  | { readonly do: 'resume'; readonly index: number };

export const commands: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('publish' as const),
      kind: fc.constantFrom(...KINDS),
      count: fc.oneof(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 30, max: 250 })),
    }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constantFrom('number' as const, 'wake' as const) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('watch' as const),
      wants: fc.constantFrom('a' as const, 'b' as const, null),
      bookmarks: fc.boolean(),
      isSql: fc.boolean(),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('read' as const),
      index: fc.nat(),
      most: fc.oneof(fc.nat(5), fc.nat(400)),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('resume' as const), index: fc.nat() }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('trim' as const),
      part: fc.double({ min: 0, max: 1, noNaN: true }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('newEpoch' as const) }) },
);

/** A cursor of an old epoch is rejected before the tail knows the newest epoch. */
export const REJECTED_WHILE_BEHIND: Command[] = [
  { do: 'watch', wants: 'a', bookmarks: true, isSql: false },
  { do: 'newEpoch' },
  { do: 'read', index: 0, most: 1 },
  { do: 'wake' },
  { do: 'publish', kind: 'a', count: 1 },
  { do: 'newEpoch' },
  { do: 'watch', wants: 'a', bookmarks: false, isSql: false },
  { do: 'resume', index: 0 },
  { do: 'resume', index: 0 },
];
