const times = (count: number, text: string) =>
  Array.from({ length: count }, (_, index) => text.replaceAll('#', String(index))).join(' ');

/** Each fragment spreads the next one twice: 2^30 selections in 2 KB. */
const EXPLODING = `{ viewer { user { ...F0 } } }
  ${Array.from({ length: 30 }, (_, n) => `fragment F${n} on User { ...F${n + 1} ...F${n + 1} }`).join(' ')}
  fragment F30 on User { id }`;

export interface BenchOperation {
  readonly query: string;
  readonly variables?: Readonly<Record<string, unknown>>;
}

const FILTERED = 'query ($f: SubscriberFilter) { subscribers(filter: $f) { nodes { id } } }';

const unknownFields = (count: number): BenchOperation => ({
  query: FILTERED,
  variables: { f: Object.fromEntries(Array.from({ length: count }, (_, n) => [`k${n}`, 1])) },
});

/** Operations that exceed a limit and are built to cost much before they are rejected. */
export const HOSTILE_OPERATIONS: readonly BenchOperation[] = [
  ...[
    `{ subscribers { nodes { ${'addedBy { addedSubscribers { nodes { '.repeat(6)} id ${'} } }'.repeat(6)} } } }`,
    `{ ${times(400, 'a#: viewer { email }')} }`,
    `{ viewer { ${times(400, 'a#: email')} } }`,
    `{ viewer { ${times(900, 'email')} } }`,
    EXPLODING,
    `{ viewer { ${times(150, 'email @include(if: true)')} } }`,
    `{ ${times(10_000, 'a')} }`,
    `{ a(b: ${'['.repeat(20_000)}) }`,
    '{ subscribers(first: 100) { nodes { addedBy { addedSubscribers(first: 100) { nodes { id } } } } } }',
    `{ subscribers(first: 48) { nodes { addedBy { addedSubscribers(first: 100) { nodes { ${times(49, 'a#: status')} } } } } } }`,
    `{ subscribers { nodes { ${'a'.repeat(60_000)}: id } } }`,
  ].map((query) => ({ query })),
  { query: FILTERED, variables: { f: { addedBy: Array.from({ length: 2_400 }, () => ({})) } } },
  // Just below the number of values that a request may have.
  unknownFields(4_900),
  // Just below the size that a request may have.
  unknownFields(22_000),
];

const JOINED =
  'nodes { id email addedBy { id displayName addedSubscribers(first: 1) { nodes { id name } } } }';

/** Operations within all limits that are built to cost the query planner as much as possible. */
export const EXPENSIVE_OPERATIONS: readonly BenchOperation[] = [
  { query: `{ ${times(10, `a#: subscribers(first: 1) { ${JOINED} }`)} }` },
  {
    query: `query (${times(8, '$v#: Boolean!')}) { subscribers(first: 1) { nodes {
      ${times(8, 'a#: addedBy @include(if: $v#) { id displayName email }')} } } }`,
    variables: Object.fromEntries(Array.from({ length: 8 }, (_, n) => [`v${n}`, n % 2 === 0])),
  },
  {
    query: `{ subscribers(first: 1) { nodes { addedBy { ${times(40, 'a#: addedSubscribers(first: 1) { nodes { id email name status addedAt addedBy { id displayName createdAt } } }')} } } } }`,
  },
];
