import { SUBGRAPH_BODY_LIMIT } from '@supergraph/service/graphql-endpoint';

/**
 * Everything that bounds a request. What a client is refused for is named as here (`extensions.limit`). Sane for
 * people's applications; only the cost depends on what an installation can bear, so only that is in the environment.
 */
export const LIMITS = {
  /** Bytes of an HTTP body, and of a WebSocket message. */
  body: 256 * 1024,
  /**
   * Values of either's JSON; counted before it is parsed. Others wait meanwhile: 22,000 keys that `JSON.parse` had not
   * seen before kept it busy for 13 ms, and whoever frees their memory as well.
   */
  requestValues: 5_000,
  /** UTF-16 code units of a document; looked at before it is parsed. */
  textLength: 65_536,
  /** Tokens of a document; the parser stops there, long before brackets in brackets would overflow its stack. */
  tokens: 1_000,
  /** Selections of all operations once their fragments are expanded: what validation and planning work through. */
  selections: 600,
  /** Fields within fields; the introspection query of tools goes down to 15. */
  depth: 16,
  /** Root fields of an operation. */
  rootFields: 10,
  /** Aliases of an operation, expanded. */
  aliases: 50,
  /** Characters of an alias: each value of the answer carries its own. */
  aliasLength: 100,
  /** How often one place of the answer is selected: validation compares each with each. */
  repeats: 30,
  /** Directives of a document. */
  directives: 50,
  /** Variables that `@skip` and `@include` of a document hang on: the planner makes a plan for each combination. */
  conditions: 8,
  /** Directives on one field, fragment or variable. */
  directivesPerLocation: 5,
  /** Mutations that try a credential; more would be a way to guess many at once. */
  credentialMutations: 1,
  /** Objects that an operation may make us fetch, at worst, weighted by `@cost`. */
  cost: 5_000,
  /** Values of the answer, at worst: writing them down keeps everybody else waiting. */
  values: 20_000,
  /**
   * The same, of each event of a subscription. At their longest, aliases and texts of 200 characters, they are a quarter
   * of what the gateway takes of a subgraph at once (`LARGEST_LIVE_MESSAGE`).
   */
  eventValues: 1_000,
  /** Bytes of what a subgraph is sent for an operation; a number of five characters may be written in twenty. */
  fetchBody: SUBGRAPH_BODY_LIMIT,
  /** Characters of a live operation, its document and its variables: it keeps them for as long as it lives. */
  liveLength: 64 * 1024,
  /** Characters of the live operations of one connection, as they were sent. */
  connectionLength: 512 * 1024,
  /** Characters of the document that a subgraph is sent for a live operation: fragments may make it longer. */
  upstreamLength: 16 * 1024,
  /** Bytes of all that it is sent. One socket serves everybody, and a subgraph closes it above 256 KiB. */
  upstreamBody: 192 * 1024,
} as const;

export type LimitName = keyof typeof LIMITS;
export type Limits = Readonly<Record<LimitName, number>>;

/** What counts for the limit of credential mutations. */
export const CREDENTIAL_MUTATIONS: ReadonlySet<string> = new Set([
  'login',
  'register',
  'refreshSession',
  'resetPassword',
  'changePassword',
]);

/** How long a list is taken to be whose schema does not say so by `@listSize`. */
export const ASSUMED_LIST_SIZE = 10;
