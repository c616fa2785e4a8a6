import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { withClient } from '@supergraph/tools/postgres-client';
import { SmtpCatcher } from '@supergraph/tools/smtp-catcher';
import { eventually } from './harness/eventually.js';
import { type Answer, post } from './harness/http.js';
import { length } from './harness/length.js';
import { probabilityOfGreater } from './harness/mann-whitney.js';
import { newPerson, PASSWORD } from './harness/people.js';
import { startTestSystem, type TestSystem } from './harness/test-system.js';

/** Of each kind, at each mutation. */
const N = length(60, 200);
/** Four to five standard deviations of what chance alone gives for so many. */
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
  /** All that can be seen of an answer, but for what differs between any two. */
  readonly seen: unknown;
}

describe('who has an account cannot be learned', () => {
  let smtp: SmtpCatcher;
  let system: TestSystem;
  /** Somebody's, and never used twice: whoever registers an unknown address makes it known. */
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
    // As that one person registered, without the hashing.
    await withClient(system.databaseUrls.users, async (client) => {
      await client.query(
        `INSERT INTO users (id, email, email_normalized, display_name, password_hash, roles, created_at,
                            email_verified_at, search_text)
         SELECT gen_random_uuid(), email, email, display_name, password_hash, roles, created_at, now(), email
           FROM (SELECT display_name, password_hash, roles, created_at FROM users WHERE id = $1) AS somebody,
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
    const answer = await post(system.gatewayUrl, mutation, { variables: { email } });
    return { ms: performance.now() - start, seen: whatIsSeen(answer) };
  };

  test.each(Object.entries(MUTATIONS))(
    'from %s: neither by what it answers nor by how long it takes',
    async (_, mutation) => {
      for (let warmUp = 0; warmUp < 20; warmUp += 1) await sample(mutation, neverUsed());
      const samples = { known: [] as Sample[], unknown: [] as Sample[] };
      for (const kind of shuffled([
        ...Array<'known'>(N).fill('known'),
        ...Array<'unknown'>(N).fill('unknown'),
      ])) {
        samples[kind].push(await sample(mutation, kind === 'known' ? known.pop()! : neverUsed()));
      }
      const [{ seen: first }] = samples.known as [Sample];
      for (const { seen } of [...samples.known, ...samples.unknown]) expect(seen).toEqual(first);
      const times = (of: Sample[]) => of.map(({ ms }) => ms);
      const distinguishable = probabilityOfGreater(times(samples.known), times(samples.unknown));
      expect(Math.abs(distinguishable - 0.5)).toBeLessThan(MOST_DIFFERENCE);
    },
    300_000,
  );

  test('although whoever has one, and only they, got mail of it', async () => {
    await eventually(
      () => smtp.mails.filter(({ subject }) => subject === 'Choose a new password').length,
      (count) => count >= N,
    );
    const asked = smtp.mails.filter(({ subject }) => subject === 'Choose a new password');
    expect(asked.every(({ to }) => to.startsWith('known-'))).toBe(true);
    const told = smtp.mails.filter(({ subject }) => subject === 'You already have an account');
    expect(told).toHaveLength(N);
  });
});

function whatIsSeen({ status, headers, text }: Answer): unknown {
  const { date, 'x-request-id': requestId, ...others } = Object.fromEntries(headers);
  return { status, headers: others, dated: Boolean(date), identified: Boolean(requestId), text };
}

function shuffled<T>(items: readonly T[]): T[] {
  return items
    .map((item) => [Math.random(), item] as const)
    .toSorted(([one], [other]) => one - other)
    .map(([, item]) => item);
}
