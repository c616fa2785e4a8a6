import type { SubgraphOptions, SubscriptionProtocol } from '@kit/gateway';
import { namesOf } from '@kit/manifest';
import { readEnvironment, secret } from '@kit/service';
import { z } from 'zod';

const GRAPHQL_PATH = '/graphql';
const READY_PATH = '/health/ready';
/** No secret: requests are not signed. No readiness check. */
const NONE = 'none';
const NOT_AN_ADDRESS = 'is not an address such as http://127.0.0.1:4001 or https://example.com/graphql';

/** The variables of one subgraph. */
export function variablesOf(name: string) {
  const names = namesOf(name);
  return {
    [names.url]: z.string().refine(isAddress, NOT_AN_ADDRESS),
    [names.secret]: z.string().refine(isSecretOrNone, 'is shorter than 32 bytes'),
    [names.readyUrl]: z.string().refine(isAddressOrNone, NOT_AN_ADDRESS).optional(),
    [names.subscriptions]: z.enum(['graphql-ws', 'sse'], 'is not graphql-ws or sse').optional(),
  };
}

/**
 * How the gateway reaches a subgraph, from the environment.
 * @throws ConfigurationError that lists every missing or invalid variable
 */
export function subgraphOptions(name: string, environment: NodeJS.ProcessEnv): SubgraphOptions {
  const names = namesOf(name);
  const read = readEnvironment(variablesOf(name), environment);
  const url = new URL(read[names.url]!);
  const ready = read[names.readyUrl] ?? `${url.origin}${READY_PATH}`;
  if (url.pathname === '/') url.pathname = GRAPHQL_PATH;
  return {
    url: url.href,
    secret: read[names.secret] === NONE ? undefined : read[names.secret],
    readyUrl: ready === NONE ? null : ready,
    subscriptions: read[names.subscriptions] as SubscriptionProtocol | undefined,
  };
}

function isAddress(value: string): boolean {
  const url = URL.canParse(value) ? new URL(value) : null;
  return url !== null && /^https?:$/.test(url.protocol) && url.username === '' && url.password === '';
}

function isAddressOrNone(value: string): boolean {
  return value === NONE || isAddress(value);
}

function isSecretOrNone(value: string): boolean {
  return value === NONE || secret().safeParse(value).success;
}
