import { createHash } from 'node:crypto';
import type { GraphQLFormattedError } from 'graphql';
import { badUserInput } from '../../supergraph/subgraph-errors.js';
import { canonicalJson } from './canonical-json.js';
import type { ExecutorRequest } from './plan.js';

const TOO_DEEP = badUserInput('The variables are nested too deeply.');

/** What a live operation keeps for as long as it lives: the longest document with its variables, in characters. */
const LONGEST_OPERATION = 64 * 1024;
const TOO_LARGE = badUserInput(
  `A subscription may be ${LONGEST_OPERATION} characters long at most, with its variables.`,
);

/**
 * Equal for what may share a room; why there is none for this operation otherwise.
 * @param afterVariable the variable that only says where a watcher starts, if there is one
 * @param company equal for those who may share
 */
export function roomKey(
  { queryHash, source, request }: ExecutorRequest,
  afterVariable: string | null,
  company: string,
): string | readonly GraphQLFormattedError[] {
  const given = request.variables ?? {};
  const variables = Object.entries(given).filter(([name]) => name !== afterVariable);
  const parts = [
    queryHash,
    request.operationName ?? null,
    afterVariable,
    Object.fromEntries(variables),
    company,
  ];
  let text: string;
  try {
    text = canonicalJson(parts);
  } catch {
    return [TOO_DEEP];
  }
  const after = afterVariable === null ? null : given[afterVariable];
  const afterLength = typeof after === 'string' ? after.length : 0;
  if (source.length + text.length + afterLength > LONGEST_OPERATION) return [TOO_LARGE];
  return createHash('sha256').update(text).digest('base64');
}
