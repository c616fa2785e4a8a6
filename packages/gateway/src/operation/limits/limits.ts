import { SUBGRAPH_BODY_LIMIT } from '@kit/service';

/**
 * The limits of a request. Errors name the exceeded limit in `extensions.limit`. The values suit ordinary
 * applications. Only the cost depends on the capacity of a deployment, so only the cost is configurable.
 */
export const LIMITS = {
  /** Bytes of an HTTP body or a WebSocket message. */
  body: 256 * 1024,
  /**
   * Values in the JSON of a body or message, counted before it is parsed. `JSON.parse` blocks the event loop: 22,000
   * new keys took 13 ms, and as long again in garbage collection.
   */
  requestValues: 5_000,
  /** UTF-16 code units of a document, checked before it is parsed. */
  textLength: 65_536,
  /** Tokens of a document. The parser stops there, long before nested brackets could overflow its stack. */
  tokens: 1_000,
  /** Selections of all operations with fragments expanded, which determine the time for validation and planning. */
  selections: 600,
  /** Levels of nested fields. The introspection query of common tools has 15. */
  depth: 16,
  /** Root fields of an operation. */
  rootFields: 10,
  /** Aliases of an operation, with fragments expanded. */
  aliases: 50,
  /** Characters of an alias, which is repeated with each value in the response. */
  aliasLength: 100,
  /** Selections of one path in the response. Validation compares all pairs of them. */
  repeats: 30,
  /** Directives of a document. */
  directives: 50,
  /**
   * Variables in `@skip` and `@include` conditions of a document. The planner creates a plan for each combination.
   */
  conditions: 8,
  /**
   * Ways to fetch one selection that the planner compares. Without this limit, a short query can take minutes or all
   * memory: nested fields of an interface have the product of the ways for each of its types, at each level.
   */
  plans: 1_000,
  /** Directives on one field, fragment or variable. */
  directivesPerLocation: 5,
  /** Mutations with `@credential`, which check or set a credential. More would allow several guesses per request. */
  credentialMutations: 1,
  /** Worst-case number of objects that an operation fetches, weighted by `@cost`. */
  cost: 5_000,
  /** Worst-case number of values in the response. Serializing them blocks the event loop. */
  values: 20_000,
  /**
   * The same for each event of a subscription. With the longest aliases and texts of 200 characters, such an event is
   * a quarter of the largest message that the gateway accepts from a subgraph (`LARGEST_LIVE_MESSAGE`).
   */
  eventValues: 1_000,
  /**
   * Bytes of a request to a subgraph. It may be longer than the client's, since `1e20` is serialized with 21 digits.
   */
  fetchBody: SUBGRAPH_BODY_LIMIT,
  /** Characters of a subscription's document and variables, which stay in memory until it ends. */
  liveLength: 64 * 1024,
  /** Characters of all subscriptions of one connection, as the client sent them. */
  connectionLength: 512 * 1024,
  /**
   * Characters of a subscription's document for the subgraph. Expanded fragments may make it longer than the
   * client's.
   */
  upstreamLength: 16 * 1024,
  /** Bytes of a subscription's whole message to the subgraph, which closes the shared socket above 256 KiB. */
  upstreamBody: 192 * 1024,
} as const;

export type LimitName = keyof typeof LIMITS;
export type Limits = Readonly<Record<LimitName, number>>;

/** Assumed length of a list without `@listSize`. */
export const ASSUMED_LIST_SIZE = 10;
