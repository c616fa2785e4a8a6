import { describe, expect, test } from '@jest/globals';
import { waitUntil } from '@supergraph/tools/wait-until';
import { SubscriberKeys } from '../keys/subscriber-keys.js';
import { row, store } from '../../testing/rows.js';
import { SUBSCRIBER_SECRET } from '../../testing/running-service.js';
import { subscribe, VISITOR } from '../../testing/sign-ups.js';
import { statementsOf } from '../../testing/statements.js';
import { withService } from '../../testing/with-service.js';
import type { SubscriberStatus } from '../subscriber-status.js';

const SUBSCRIBE = `mutation ($email: String!) {
  subscribe(input: { email: $email }) { accepted userErrors { code field message existing { id } } }
}`;
/** The tables by which a request could tell addresses apart. The others are those of jobs that poll meanwhile. */
const TABLES = /\b(sign_ups|subscribers|suppressions|confirmation_\w+|mail_jobs|outbox)\b/;
const KNOWN: readonly SubscriberStatus[] = ['ACTIVE', 'PENDING', 'UNSUBSCRIBED', 'BOUNCED', 'COMPLAINED'];

describe('subscribe', () => {
  const running = withService();

  test('gives the same answer, by the same statements, for every address, without reading the list', async () => {
    const { service } = running;
    const keys = new SubscriberKeys({ SUBSCRIBER_SECRET, SUBSCRIBER_SECRETS_PREVIOUS: [] });
    const emailOf = (what: string) => `${what.toLowerCase()}@example.com`;
    await store(
      service.database,
      KNOWN.map((status) => row({ email: emailOf(status), status })),
    );
    await service.database.query('INSERT INTO suppressions (hash) VALUES ($1)', [
      keys.addressHash(emailOf('erased')),
    ]);
    // The worker waits for the list with a first sign-up, so that only the requests send statements.
    const other = service.database.createQueryRunner();
    await other.startTransaction();
    await other.query('LOCK TABLE subscribers, suppressions IN ACCESS EXCLUSIVE MODE');
    await subscribe(service, { email: emailOf('first') });
    await waitUntil(async () => {
      const waiting: unknown[] = await other.query(
        `SELECT FROM pg_locks WHERE NOT granted AND relation = 'subscribers'::regclass`,
      );
      return waiting.length > 0;
    });

    const answers = new Set<string>();
    const statements = new Set<string>();
    for (const what of ['unknown', ...KNOWN, 'erased']) {
      const sent = await statementsOf(service, async () => {
        const variables = { email: emailOf(what) };
        answers.add(JSON.stringify(await service.request(SUBSCRIBE, { as: VISITOR, variables })));
      });
      statements.add(JSON.stringify(sent.filter((statement) => TABLES.test(statement))));
    }
    await other.rollbackTransaction();
    await other.release();

    expect([...answers].map((answer) => JSON.parse(answer) as unknown)).toEqual([
      { status: 200, data: { subscribe: { accepted: true, userErrors: [] } } },
    ]);
    expect([...statements].map((list) => JSON.parse(list) as unknown)).toEqual([
      [expect.stringMatching(/^SELECT FROM sign_ups/), expect.stringMatching(/^INSERT INTO "sign_ups"/)],
    ]);
  });
});
