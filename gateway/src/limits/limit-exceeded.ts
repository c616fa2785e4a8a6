import { ApolloServerErrorCode } from '@apollo/server/errors';
import type { ErrorFormatter } from '@supergraph/service/format-error';
import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import type { LimitName, Limits } from './limits.js';

const WHAT: Readonly<Record<LimitName, string>> = {
  body: 'bytes',
  requestValues: 'values',
  textLength: 'characters',
  tokens: 'tokens',
  selections: 'selections once its fragments are expanded',
  depth: 'levels of fields',
  rootFields: 'root fields',
  aliases: 'aliases',
  aliasLength: 'characters in an alias',
  repeats: 'selections of the same field',
  directives: 'directives',
  conditions: 'variables in @skip and @include',
  directivesPerLocation: 'directives in one place',
  credentialMutations: 'mutations that try a credential',
  cost: 'as its cost',
  values: 'values in its answer, at worst',
  eventValues: 'values in each event, at worst',
  fetchBody: 'bytes for one subgraph',
  liveLength: 'characters, with its variables',
  connectionLength: 'characters of live operations',
  upstreamLength: 'characters for its subgraph',
  upstreamBody: 'bytes for its subgraph, with its variables',
};

/** What has so many of them, if not the document. */
const WHOSE: Partial<Readonly<Record<LimitName, string>>> = {
  body: 'request',
  requestValues: 'request',
  fetchBody: 'request',
  liveLength: 'subscription',
  connectionLength: 'connection',
  upstreamLength: 'subscription',
  upstreamBody: 'subscription',
};

type LimitCode = 'GRAPHQL_VALIDATION_FAILED' | 'BAD_USER_INPUT' | 'BAD_REQUEST' | 'RATE_LIMITED';

/** A document, or what it came with, is larger than it may be: which limit, and how large it is. */
export class LimitExceeded extends GraphQLError {
  readonly value: number;

  constructor(
    readonly limit: LimitName,
    value: number,
    most: number,
    code: LimitCode = 'GRAPHQL_VALIDATION_FAILED',
  ) {
    // 2^200 is no number to tell a client, and what has no end (a fragment that spreads itself) has none.
    const told = Math.min(value, Number.MAX_SAFE_INTEGER);
    super(`The ${WHOSE[limit] ?? 'document'} has ${told} ${WHAT[limit]}; at most ${most} are allowed.`, {
      // A fetch is a part of the answer; the rest of it is good.
      extensions: { code, limit, value: told, ...(limit !== 'fetchBody' && { http: { status: 400 } }) },
    });
    this.value = told;
  }

  /** As a client sees it. */
  get formatted(): GraphQLFormattedError {
    const { message, limit, value } = this;
    return { message, extensions: { code: this.extensions['code'], limit, value } };
  }
}

/** The error formatter lets nothing but codes out; this adds which limit a document exceeds, and by what value. */
export function namingLimits(format: ErrorFormatter, limits: Limits): ErrorFormatter {
  return (formatted, thrown) => {
    // Apollo's executor puts one of its own around what a fetch ends with.
    const cause = thrown instanceof GraphQLError ? (thrown.originalError ?? thrown) : thrown;
    const exceeded = cause instanceof LimitExceeded ? cause : tooManyTokens(formatted, limits);
    if (!exceeded) return format(formatted, thrown);
    const { message, limit, value } = exceeded;
    const { extensions, ...error } = format({ ...formatted, message }, thrown);
    return { ...error, extensions: { ...extensions, limit, value } };
  };
}

/** The parser counts tokens, and says in words alone that there are too many; it stops at the first one. */
function tooManyTokens(
  { message, extensions }: Parameters<ErrorFormatter>[0],
  { tokens }: Limits,
): LimitExceeded | null {
  if (extensions?.['code'] !== ApolloServerErrorCode.GRAPHQL_PARSE_FAILED) return null;
  if (message !== `Syntax Error: Document contains more that ${tokens} tokens. Parsing aborted.`) return null;
  return new LimitExceeded('tokens', tokens + 1, tokens);
}
