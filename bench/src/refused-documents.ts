import { WebSocket } from 'ws';

const times = (count: number, text: string) =>
  Array.from({ length: count }, (_, index) => text.replaceAll('#', String(index))).join(' ');

/** Fragments of which each has the next one twice: 2^30 selections in 2 KB. */
const EXPLODING = `{ viewer { user { ...F0 } } }
  ${Array.from({ length: 30 }, (_, n) => `fragment F${n} on User { ...F${n + 1} ...F${n + 1} }`).join(' ')}
  fragment F30 on User { id }`;

export interface HostileOperation {
  readonly query: string;
  readonly variables?: Readonly<Record<string, unknown>>;
}

const DOCUMENTS: Readonly<Record<string, string>> = {
  deep: `{ subscribers { nodes { ${'addedBy { addedSubscribers { nodes { '.repeat(6)} id ${'} } }'.repeat(6)} } } }`,
  wide: `{ ${times(400, 'a#: viewer { email }')} }`,
  aliased: `{ viewer { ${times(400, 'a#: email')} } }`,
  'one field repeated': `{ viewer { ${times(900, 'email')} } }`,
  'fragments exploding': EXPLODING,
  directives: `{ viewer { ${times(150, 'email @include(if: true)')} } }`,
  tokens: `{ ${times(10_000, 'a')} }`,
  brackets: `{ a(b: ${'['.repeat(20_000)}) }`,
  'lists in lists':
    '{ subscribers(first: 100) { nodes { addedBy { addedSubscribers(first: 100) { nodes { id } } } } } }',
  'values in lists': `{ subscribers(first: 48) { nodes { addedBy { addedSubscribers(first: 100) { nodes { ${times(49, 'a#: status')} } } } } } }`,
  'a long alias': `{ subscribers { nodes { ${'a'.repeat(60_000)}: id } } }`,
};

const fields = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, n) => [`k${n}`, 1]));

const FILTERED = 'query ($f: SubscriberFilter) { subscribers(filter: $f) { nodes { id } } }';

/** Operations that are made to cost much, by what is wrong with them. */
export const HOSTILE_OPERATIONS: Readonly<Record<string, HostileOperation>> = {
  ...Object.fromEntries(Object.entries(DOCUMENTS).map(([name, query]) => [name, { query }])),
  // Nearly as many values as a request may have.
  '2,400 wrong values': {
    query: FILTERED,
    variables: { f: { addedBy: Array.from({ length: 2_400 }, () => ({})) } },
  },
  '4,900 unknown fields': { query: FILTERED, variables: { f: fields(4_900) } },
};

/** Nearly as large as a request may be; whoever sends it over a WebSocket is disconnected. */
export const LARGEST_OPERATION: HostileOperation = { query: FILTERED, variables: { f: fields(22_000) } };

/** Asks over one socket; answers how long each answer took, in milliseconds. */
export async function askBySocket(
  url: string,
  accessToken: string,
  operations: readonly HostileOperation[],
): Promise<number[]> {
  const socket = new WebSocket(url.replace(/^http/, 'ws'), 'graphql-transport-ws');
  const next = () =>
    new Promise<string>((resolve) => socket.once('message', (data) => resolve((data as Buffer).toString())));
  await new Promise((resolve) => socket.once('open', resolve));
  const acknowledged = next();
  socket.send(
    JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${accessToken}` } }),
  );
  await acknowledged;
  const took: number[] = [];
  for (const [n, payload] of operations.entries()) {
    const from = performance.now();
    const answer = next();
    socket.send(JSON.stringify({ id: String(n), type: 'subscribe', payload }));
    if (!(await answer).includes('"error"')) throw new Error('a document was not refused');
    took.push(performance.now() - from);
  }
  socket.close();
  return took;
}
