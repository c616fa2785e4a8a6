import { isDeepStrictEqual } from 'node:util';
import { Fault } from '@supergraph/tools/fault';
import type { BenchSystem } from '../bench-system.js';
import { copyAccount } from '../accounts/copied-accounts.js';
import { asGateway, Endpoint } from '../endpoint.js';
import { repeat } from '../load.js';
import { numberedAddress } from '../numbered-address.js';
import type { Contenders } from './contender.js';

const USERS = 20;

/** How many subscribers {@link fill} adds, with the numbers from 0. */
export const SUBSCRIBERS = 100;

/** A query, and how many requests a round of measurements has. */
export interface Shape {
  readonly name: string;
  readonly query: string;
  readonly requests: number;
}

export const VIEWER: Shape = {
  name: 'viewer',
  query: '{ viewer { user { id displayName } email scopes } }',
  requests: 3_000,
};

/** A list of one subgraph, joined with the users who added its items. */
const page = (first: number, requests: number): Shape => ({
  name: `page of ${first}`,
  query: `{ subscribers(first: ${first}) { nodes { id email addedAt addedBy { displayName } } pageInfo { hasNextPage endCursor } } }`,
  requests,
});
export const PAGE = page(10, 2_000);
export const LONG_PAGE = page(100, 700);

/** Adds what the shapes select. Users take turns to add subscribers, so that a page has several of them. */
export async function fill(bench: BenchSystem): Promise<void> {
  const { ids } = await copyAccount(bench, USERS);
  const { system, editor } = bench;
  const adding = ids.map(
    (userId) =>
      new Endpoint(
        system.subgraphUrls['email-subscriptions']!,
        asGateway('email-subscriptions', system.secrets['EMAIL_SUBSCRIPTIONS_TXN_TOKEN_SECRET']!, {
          ...editor,
          userId,
        }),
        1,
      ),
  );
  await repeat(SUBSCRIBERS, 1, (n) => adding[n % USERS]!.add(numberedAddress(n)));
  await Promise.all(adding.map((endpoint) => endpoint.close()));
}

/** @throws Fault when the gateways return different results, or errors */
export async function requireEqualResults({ ours, ...others }: Contenders, query: string): Promise<void> {
  const expected = await ours.endpoint.query(query);
  for (const { name, endpoint } of Object.values(others)) {
    const data = await endpoint.query(query);
    if (!isDeepStrictEqual(data, expected))
      throw new Fault(`${name} returns ${JSON.stringify(data)} instead of ${JSON.stringify(expected)}`);
  }
}
