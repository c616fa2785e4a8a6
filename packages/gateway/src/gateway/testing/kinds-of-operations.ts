import { clerk } from './compared-gateway.js';
import { hashOf, type Sent } from './sent-operations.js';

const GREETING = 'query Greet($name: String!, $loud: Boolean) { greeting(name: $name, loud: $loud) }';
const ORDERS = 'query ($first: Int!) { orders(first: $first) { id total } }';
const TWO = 'query A { greeting(name: "a") } query B { nothing }';
const RENAME = 'mutation ($to: Name) { rename(to: $to) }';

/** Operations whose second use is prepared. */
export const PREPARED: Record<string, Sent> = {
  'a query': { query: '{ greeting(name: "Ada") }' },
  'a query with its name': { query: 'query Named { nothing }', operationName: 'Named' },
  variables: { query: GREETING, variables: { name: 'Ada' } },
  'a missing variable': { query: GREETING, variables: {} },
  'no variables': { query: GREETING },
  'variables of other types': { query: GREETING, variables: { name: { a: 1 }, loud: 'x' } },
  'a variable that must not be null': { query: GREETING, variables: { name: null } },
  'empty values': { query: '{ nothing }', operationName: '', variables: null, extensions: null },
  'a cost within the limit': { query: ORDERS, variables: { first: 2 } },
  'a cost over the limit by its variables': { query: ORDERS, variables: { first: 1_000 } },
  'a hidden field': { query: '{ secret nothing }' },
  'only hidden fields': { query: '{ secret }' },
  'a field without its scope': { query: '{ secret nothing mine }', headers: clerk },
  'a field for the caller': { query: '{ mine }', headers: clerk },
  'the first of two operations': { query: TWO, operationName: 'A' },
  'the second of two operations': { query: TWO, operationName: 'B' },
  'none of two operations': { query: TWO },
  'an empty name for two operations': { query: TWO, operationName: '' },
  'an unknown operation': { query: TWO, operationName: 'C' },
  'the wrong name of the only operation': { query: '{ nothing }', operationName: 'C' },
  'a mutation': { query: RENAME, variables: { to: { first: 'Ada' } } },
  'a mutation with an invalid value': { query: RENAME, variables: { to: { last: 'Ada' } } },
  'an error of a subgraph': { query: '{ broken nothing }' },
  'a subgraph that is down': { query: '{ weather nothing }' },
  'a null that propagates': { query: '{ must { id total } }' },
  'null data': { query: '{ nothing }' },
  'the name of a type': { query: '{ __typename nothing }' },
  'a subscription that is not streamed': { query: 'subscription { ticks }' },
  'a fragment': { query: '{ ...F } fragment F on Query { greeting(name: "Ada") }' },
  'a condition': {
    query: 'query ($yes: Boolean!) { nothing greeting(name: "x") @include(if: $yes) }',
    variables: { yes: true },
  },
  'a longer text than V8 hashes': { query: `{ nothing } # ${'x'.repeat(20_000)}` },
  'a response of another type': {
    query: '{ nothing }',
    headers: { accept: 'application/graphql-response+json, application/json;q=0.9' },
  },
  'server-sent events': { query: '{ nothing }', headers: { accept: 'text/event-stream' } },
  'a mutation in server-sent events': { query: RENAME, headers: { accept: 'text/event-stream' } },
  'an error in server-sent events': { query: GREETING, headers: { accept: 'text/event-stream' } },
  multipart: {
    query: '{ nothing }',
    headers: { accept: 'multipart/mixed;subscriptionSpec=1.0, application/json' },
  },
};

/** Operations that Apollo Server serves each time. */
export const NOT_PREPARED: Record<string, Sent> = {
  'a syntax error': { query: '{ nothing' },
  'an unknown field': { query: '{ nothin }' },
  'a document over a limit': { query: `{ ${'a: nothing '.repeat(31)} }` },
  'a text over a limit': { query: `{ nothing } # ${'x'.repeat(70_000)}` },
  'a reserved alias': { query: '{ __a: nothing }' },
  'an unknown hash': { extensions: hashOf('{ unknown: nothing }') },
  'the hash of another document': { query: '{ nothing }', extensions: hashOf('{ other: nothing }') },
  'another version of hashes': { extensions: { persistedQuery: { version: 2, sha256Hash: 'x' } } },
  'a list of hashes': { extensions: { persistedQuery: { version: 1, sha256Hash: ['x'] } } },
  'no query': { variables: {} },
  'a query of another type': { query: 7 },
  'variables of another type': { query: '{ nothing }', variables: [] },
  'an invalid token': { query: '{ nothing }', headers: { authorization: 'Bearer x' } },
  'an unacceptable type': { query: '{ nothing }', headers: { accept: 'text/html' } },
  'a subscription of an unacceptable type': {
    query: 'subscription { ticks }',
    headers: { accept: 'text/html' },
  },
};
