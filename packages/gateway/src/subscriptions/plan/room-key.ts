import { createHash } from 'node:crypto';
import type { GraphQLFormattedError } from 'graphql';
import { LimitExceeded } from '../../operation/limits/limit-exceeded.js';
import { LIMITS } from '../../operation/limits/limits.js';
import { badUserInput } from '../../subgraphs/subgraph-errors.js';
import { canonicalJson } from './canonical-json.js';
import type { ExecutorRequest } from '../../request/executor-request.js';

const TOO_DEEP = badUserInput('The variables are nested too deeply.');

/**
 * Hashes everything that decides whether subscriptions can share a room.
 * @param afterVariable the variable that holds only the start cursor, if there is one
 * @param sharingKey equal for watchers that can share a room
 * @returns the key, or the errors if the subscription is too large to keep
 */
export function roomKey(
  { queryHash, source, request }: ExecutorRequest,
  afterVariable: string | null,
  sharingKey: string,
): string | readonly GraphQLFormattedError[] {
  const given = request.variables ?? {};
  const variables = Object.entries(given).filter(([name]) => name !== afterVariable);
  const parts = [
    queryHash,
    request.operationName ?? null,
    afterVariable,
    Object.fromEntries(variables),
    sharingKey,
  ];
  let text: string;
  try {
    text = canonicalJson(parts);
  } catch {
    return [TOO_DEEP];
  }
  const after = afterVariable === null ? null : given[afterVariable];
  const afterLength = typeof after === 'string' ? after.length : 0;
  const length = source.length + text.length + afterLength;
  if (length > LIMITS.liveLength)
    return [new LimitExceeded('liveLength', length, LIMITS.liveLength, 'BAD_USER_INPUT').formatted];
  return createHash('sha256').update(text).digest('base64');
}
