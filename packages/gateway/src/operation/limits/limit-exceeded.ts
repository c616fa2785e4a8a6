import { ApolloServerErrorCode } from '@apollo/server/errors';
import type { ErrorFormatter } from '@kit/service';
import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import type { LimitName, Limits } from './limits.js';

const UNITS: Readonly<Record<LimitName, string>> = {
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
  plans: 'ways to fetch one of its selections',
  directivesPerLocation: 'directives in one place',
  credentialMutations: 'mutations that check or set a credential',
  cost: 'units of cost in the worst case',
  values: 'values in its response in the worst case',
  eventValues: 'values in each event in the worst case',
  fetchBody: 'bytes for one subgraph',
  liveLength: 'characters, with its variables',
  connectionLength: 'characters of subscriptions',
  upstreamLength: 'characters for its subgraph',
  upstreamBody: 'bytes for its subgraph, with its variables',
};

/** The subject of the message, if it is not the document. */
const SUBJECTS: Partial<Readonly<Record<LimitName, string>>> = {
  body: 'request',
  requestValues: 'request',
  fetchBody: 'request',
  liveLength: 'subscription',
  connectionLength: 'connection',
  upstreamLength: 'subscription',
  upstreamBody: 'subscription',
};

type LimitCode = 'GRAPHQL_VALIDATION_FAILED' | 'BAD_USER_INPUT' | 'BAD_REQUEST' | 'RATE_LIMITED';

/**
 * A request exceeds one of the `LIMITS`. The error's extensions have the name of the limit and the measured value.
 */
export class LimitExceeded extends GraphQLError {
  readonly value: number;

  constructor(
    readonly limit: LimitName,
    value: number,
    max: number,
    code: LimitCode = 'GRAPHQL_VALIDATION_FAILED',
  ) {
    // JSON has no infinity, the size of a fragment that spreads itself, and most clients cannot read 2^200 exactly.
    const reported = Math.min(value, Number.MAX_SAFE_INTEGER);
    super(
      `The ${SUBJECTS[limit] ?? 'document'} has ${reported} ${UNITS[limit]}; at most ${max} are allowed.`,
      {
        // A failed fetch is only a part of the response, so the HTTP status stays 200.
        extensions: { code, limit, value: reported, ...(limit !== 'fetchBody' && { http: { status: 400 } }) },
      },
    );
    this.value = reported;
  }

  /** The error as sent to a client. */
  get formatted(): GraphQLFormattedError {
    const { message, limit, value } = this;
    return { message, extensions: { code: this.extensions['code'], limit, value } };
  }
}

/** Wraps a formatter, which keeps only the code, to add the exceeded limit and the measured value. */
export function withLimitDetails(format: ErrorFormatter, limits: Limits): ErrorFormatter {
  return (formatted, thrown) => {
    // Apollo's executor wraps errors of fetches.
    const cause = thrown instanceof GraphQLError ? (thrown.originalError ?? thrown) : thrown;
    const exceeded = cause instanceof LimitExceeded ? cause : tooManyTokens(formatted, limits);
    if (!exceeded) return format(formatted, thrown);
    const { message, limit, value } = exceeded;
    const { extensions, ...error } = format({ ...formatted, message }, thrown);
    return { ...error, extensions: { ...extensions, limit, value } };
  };
}

/**
 * The parser stops at the first token above its maximum. Only the message of its error tells this from other syntax
 * errors.
 */
function tooManyTokens(
  { message, extensions }: Parameters<ErrorFormatter>[0],
  { tokens }: Limits,
): LimitExceeded | null {
  if (extensions?.['code'] !== ApolloServerErrorCode.GRAPHQL_PARSE_FAILED) return null;
  if (message !== `Syntax Error: Document contains more that ${tokens} tokens. Parsing aborted.`) return null;
  return new LimitExceeded('tokens', tokens + 1, tokens);
}
