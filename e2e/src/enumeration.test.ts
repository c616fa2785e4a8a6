import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { withClient } from '@supergraph/tools/postgres-client';
import { SmtpCatcher } from '@supergraph/tools/smtp-catcher';
import { eventually } from './harness/eventually.js';
import { type GraphQLResponse, post } from './harness/http.js';
import { length } from './harness/length.js';
import { newPerson, PASSWORD } from './harness/people.js';
import { startTestSystem, type TestSystem } from './harness/test-system.js';

/** Samples of each kind for each mutation. */
const N = length(60, 200);
/** Four to five standard deviations of the difference that chance gives for N samples. */
const MOST_DIFFERENCE = length(0.25, 0.15);
const NO_LIMIT = '1000000000';

const MUTATIONS = {
  login: `mutation ($email: String!) {
    login(input: { email: $email, password: "a password that is wrong" }) {
      tokens { accessToken } viewer { email } userErrors { message field code retryAfterSeconds }
    }
  }`,
  register: `mutation ($email: String!) {
    register(input: { email: $email, password: "${PASSWORD}", displayName: "Ada" }) {
      accepted userErrors { message field code retryAfterSeconds }
    }
  }`,
  requestPasswordReset: `mutation ($email: String!) {
    requestPasswordReset(input: { email: $email }) {
      accepted userErrors { message field code retryAfterSeconds }
    }
  }`,
};

interface Sample {
  readonly ms: number;
  /** The response, without the parts that differ between any two. */
  readonly response: unknown;
}

describe('an attacker cannot learn whether an address has an account', () => {
  let smtp: SmtpCatcher;
  let system: TestSystem;
  /** Addresses with an account. Each is used once, because registering an unknown address makes it known. */
  const known: string[] = [];
  const neverUsed = () => `unknown-${randomUUID()}@example.com`;

  beforeAll(async () => {
    smtp = await SmtpCatcher.start();
    system = await startTestSystem({
      env: {
        gateway: { RATE_LIMIT_OPERATIONS: '0' },
        users: {
          SMTP_URL: smtp.url,
          PASSWORD_HASH_COST: 'full',
          ATTEMPTS_PER_ACCOUNT_AND_ADDRESS: NO_LIMIT,
          ATTEMPTS_PER_ACCOUNT: NO_LIMIT,
          ATTEMPTS_PER_ADDRESS: NO_LIMIT,
        },
      },
    });
    const { userId } = await newPerson(system.gatewayUrl);
    known.push(...Array.from({ length: N * 3 }, () => `known-${randomUUID()}@example.com`));
    // Copies of one registered user, to avoid hashing as many passwords.
    await withClient(system.databaseUrls.users!, async (client) => {
      await client.query(
        `INSERT INTO users (id, email, email_normalized, display_name, password_hash, roles, created_at,
                            email_verified_at, search_text)
         SELECT gen_random_uuid(), email, email, display_name, password_hash, roles, created_at, now(), email
           FROM (SELECT display_name, password_hash, roles, created_at FROM users WHERE id = $1) AS template,
                unnest($2::text[]) AS email`,
        [userId, known],
      );
      await client.query('ANALYZE users');
    });
  });
  afterAll(async () => {
    await system?.stop();
    await smtp?.close();
  });

  const sample = async (mutation: string, email: string): Promise<Sample> => {
    const start = performance.now();
    const result = await post(system.gatewayUrl, mutation, { variables: { email } });
    return { ms: performance.now() - start, response: visiblePart(result) };
  };

  test.each(Object.entries(MUTATIONS))(
    'from %s, neither by its response nor by its duration',
    async (_, mutation) => {
      for (let warmUp = 0; warmUp < 20; warmUp += 1) await sample(mutation, neverUsed());
      const samples = { known: [] as Sample[], unknown: [] as Sample[] };
      for (const kind of shuffled([
        ...Array<'known'>(N).fill('known'),
        ...Array<'unknown'>(N).fill('unknown'),
      ])) {
        samples[kind].push(await sample(mutation, kind === 'known' ? known.pop()! : neverUsed()));
      }
      const [{ response: first }] = samples.known as [Sample];
      for (const { response } of [...samples.known, ...samples.unknown]) expect(response).toEqual(first);
      const times = (of: Sample[]) => of.map(({ ms }) => ms);
      const distinguishable = probabilityOfGreater(times(samples.known), times(samples.unknown));
      expect(Math.abs(distinguishable - 0.5)).toBeLessThan(MOST_DIFFERENCE);
    },
    300_000,
  );

  test('but mail goes to the known addresses, and only to them', async () => {
    await eventually(
      () => smtp.mails.filter(({ subject }) => subject === 'Choose a new password').length,
      (count) => count >= N,
    );
    const resets = smtp.mails.filter(({ subject }) => subject === 'Choose a new password');
    expect(resets.every(({ to }) => to.startsWith('known-'))).toBe(true);
    const notices = smtp.mails.filter(({ subject }) => subject === 'You already have an account');
    expect(notices).toHaveLength(N);
  });
});

function visiblePart({ status, headers, text }: GraphQLResponse): unknown {
  const { date, 'x-request-id': requestId, ...others } = Object.fromEntries(headers);
  return { status, headers: others, dated: Boolean(date), identified: Boolean(requestId), text };
}

function shuffled<T>(items: readonly T[]): T[] {
  return items
    .map((item) => [Math.random(), item] as const)
    .toSorted(([one], [other]) => one - other)
    .map(([, item]) => item);
}

/** The probability that a value of the first list is greater than one of the second (Mann and Whitney's U, per pair). */
function probabilityOfGreater(first: readonly number[], second: readonly number[]): number {
  const pairs = first.flatMap((one) => second.map((other) => (one > other ? 1 : one === other ? 0.5 : 0)));
  return pairs.reduce((sum: number, each) => sum + each, 0) / pairs.length;
}
