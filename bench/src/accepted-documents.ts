const times = (count: number, text: string) =>
  Array.from({ length: count }, (_, index) => text.replaceAll('#', String(index))).join(' ');

const JOINED =
  'nodes { id email addedBy { id displayName addedSubscribers(first: 1) { nodes { id name } } } }';

/** Documents within every limit that are made to cost the planner as much as they can, and their variables. */
export const ACCEPTED_DOCUMENTS: Readonly<Record<string, { query: string; variables: object }>> = {
  'ten root fields with two joins each': {
    query: `{ ${times(10, `a#: subscribers(first: 1) { ${JOINED} }`)} }`,
    variables: {},
  },
  'eight conditions, each on a join': {
    query: `query (${times(8, '$v#: Boolean!')}) { subscribers(first: 1) { nodes {
      ${times(8, 'a#: addedBy @include(if: $v#) { id displayName email }')} } } }`,
    variables: Object.fromEntries(Array.from({ length: 8 }, (_, n) => [`v${n}`, n % 2 === 0])),
  },
  'nearly six hundred selections': {
    query: `{ subscribers(first: 1) { nodes { addedBy { ${times(40, 'a#: addedSubscribers(first: 1) { nodes { id email name status addedAt addedBy { id displayName createdAt } } }')} } } } }`,
    variables: {},
  },
};
