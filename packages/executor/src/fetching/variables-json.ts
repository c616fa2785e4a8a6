import { GraphQLError } from 'graphql';
import type { ResponseKeys } from '../response-keys.js';

/** Writes the variables of a fetch as the members of a JSON object, without those that the client did not send. */
export function variablesJson(
  names: readonly string[],
  given: Readonly<Record<string, unknown>>,
  keys: ResponseKeys,
): string {
  let json = '';
  for (const name of names) {
    const ofClient = keys.external(name);
    const value = Object.hasOwn(given, ofClient) ? given[ofClient] : undefined;
    if (value !== undefined) json += `${json && ','}${JSON.stringify(name)}:${written(value)}`;
  }
  return json;
}

function written(value: unknown): string {
  try {
    return JSON.stringify(value);
  } catch {
    throw new GraphQLError('The variables are nested too deeply.', {
      extensions: { code: 'BAD_USER_INPUT' },
    });
  }
}
