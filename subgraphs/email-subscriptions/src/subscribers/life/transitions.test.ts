import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { createTestDatabase } from '@supergraph/tools/test-postgres/database';
import { NO_FACTS, SUBSCRIBER_STATUSES, statusOf, type SubscriberFacts } from '../subscriber-status.js';
import { row } from '../../testing/rows.js';
import { SubscriberEntity } from '../subscriber.entity.js';
import { database } from '../../database/database.js';
import { TRANSITIONS, type Transition } from './transitions.js';

const AT = new Date('2026-01-01T00:00:00Z');
const NAMES = Object.keys(NO_FACTS) as (keyof SubscriberFacts)[];

/** All 32 combinations of facts. */
const COMBINATIONS = Array.from({ length: 2 ** NAMES.length }, (_, bits) =>
  Object.fromEntries(NAMES.map((name, place) => [name, bits & (1 << place) ? AT : null])),
) as unknown as SubscriberFacts[];

const CAUSES = { STAFF: 'staff', SUBSCRIBER: 'the subscriber', IMPORT: 'an import' } as const;

/** The rows of the table in `docs/subscribers.md`. */
function documented({ what, kind, by, to }: Transition): string {
  const from = new Map<string, string[]>();
  for (const [before, after] of Object.entries(to)) from.set(after, [...(from.get(after) ?? []), before]);
  const statuses = [...from].map(([after, before]) =>
    before.length === 1 && before[0] === after
      ? `\`${after}\` stays`
      : `${before.map((status) => (status === 'NOBODY' ? 'new' : `\`${status}\``)).join(', ')} → \`${after}\``,
  );
  const cells = [what, by.map((cause) => CAUSES[cause]).join(', '), statuses.join('<br>'), `\`${kind}\``];
  return `| ${cells.join(' | ')} |`;
}

describe('the table of transitions', () => {
  test.each(Object.entries(TRANSITIONS as Record<string, Transition>))(
    'has the statuses that follow from the facts: %s',
    (_, { to, facts }) => {
      if (to.NOBODY) {
        expect(to).toEqual({ NOBODY: statusOf({ ...NO_FACTS, ...facts(AT) }) });
        return;
      }
      for (const before of COMBINATIONS) {
        const after = to[statusOf(before)];
        if (after)
          expect({ before, after: statusOf({ ...before, ...facts(AT) }) }).toEqual({ before, after });
      }
    },
  );

  test('allows nothing for an erased subscriber', () => {
    for (const { to } of Object.values(TRANSITIONS as Record<string, Transition>)) {
      expect(to.ERASED).toBeUndefined();
    }
  });

  test('is the table in docs/subscribers.md', () => {
    const document = readFileSync(new URL('../../../../../docs/subscribers.md', import.meta.url), 'utf8');
    const rows = document
      .split('\n')
      .filter((line) =>
        /^\|.*`(ADDED|CONFIRMED|UPDATED|UNSUBSCRIBED|BOUNCED|COMPLAINED|ERASED)`\s*\|$/.test(line),
      )
      .map((line) => line.replaceAll(/ +\|/g, ' |'));
    expect(rows).toEqual(Object.values(TRANSITIONS).map(documented));
  });
});

test('the check of the table accepts exactly the status that follows from the facts', async () => {
  const testDatabase = await createTestDatabase('email-subscriptions');
  const dataSource = await database.dataSource(testDatabase.url).initialize();
  try {
    for (const facts of COMBINATIONS) {
      for (const status of SUBSCRIBER_STATUSES) {
        const subscriber = Object.assign(row({ email: 'a@example.com' }), facts, { status });
        subscriber.emailNormalized = subscriber.id;
        if (facts.erasedAt) subscriber.email = null;
        const insert = dataSource.getRepository(SubscriberEntity).insert(subscriber);
        if (status === statusOf(facts)) await insert;
        else await expect(insert).rejects.toThrow('subscribers_status_check');
      }
    }
  } finally {
    await dataSource.destroy();
    await testDatabase.drop();
  }
});
