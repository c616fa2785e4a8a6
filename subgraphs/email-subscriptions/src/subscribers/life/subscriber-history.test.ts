import { describe, expect, test } from '@jest/globals';
import { addSubscriber } from '../../testing/additions.js';
import { caller, EDITOR, READER } from '../../testing/callers.js';
import { withService } from '../../testing/with-service.js';
import { SubscriberHistoryEntity } from './subscriber-history.entity.js';

const HISTORY = `query ($id: ID!, $first: Int, $after: String) {
  subscriber(id: $id) { history(first: $first, after: $after) {
    nodes { at kind by { id } source changed reason }
    pageInfo { hasNextPage hasPreviousPage endCursor }
  } }
}`;

interface Answer {
  readonly subscriber: {
    readonly history: {
      readonly nodes: { kind: string; reason: string | null }[];
      readonly pageInfo: { hasNextPage: boolean; hasPreviousPage: boolean; endCursor: string };
    };
  };
}

describe('the history of a subscriber', () => {
  const running = withService();
  const page = async (variables: object) => {
    const { data, errors } = await running.service.request<Answer>(HISTORY, { variables, as: READER });
    expect(errors).toBeUndefined();
    return data!.subscriber.history;
  };
  const added = async (email: string) => (await addSubscriber(running.service, { email })).subscriber!;

  test('begins with the addition', async () => {
    const { id, addedAt } = await added('ann@example.com');
    expect(await page({ id })).toMatchObject({
      nodes: [
        {
          at: addedAt,
          kind: 'ADDED',
          by: { id: EDITOR.viewer.userId },
          source: 'USER',
          changed: [],
          reason: null,
        },
      ],
      pageInfo: { hasNextPage: false, hasPreviousPage: false },
    });
  });

  test.each([1, 2, 3, 4])('has every change once in pages of %i, newest first', async (first) => {
    const { id } = await added(`bob${first}@example.com`);
    const changes = running.service.database.getRepository(SubscriberHistoryEntity);
    for (const revision of [2, 3, 4]) {
      const reason = `change ${revision}`;
      await changes.insert({
        subscriberId: id,
        revision,
        at: new Date(),
        kind: 'UPDATED',
        source: 'USER',
        reason,
      });
    }
    const reasons: (string | null)[] = [];
    let after: string | undefined;
    for (;;) {
      const { nodes, pageInfo } = await page({ id, first, after });
      expect(pageInfo.hasPreviousPage).toBe(after !== undefined);
      reasons.push(...nodes.map(({ reason }) => reason));
      if (!pageInfo.hasNextPage) break;
      after = pageInfo.endCursor;
    }
    expect(reasons).toEqual(['change 4', 'change 3', 'change 2', null]);
  });

  test('rejects the cursor of another subscriber', async () => {
    const [{ id }, other] = [await added('cid@example.com'), await added('dan@example.com')];
    const { pageInfo } = await page({ id });
    const { errors } = await running.service.request(HISTORY, {
      variables: { id: other.id, after: pageInfo.endCursor },
      as: READER,
    });
    expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
  });
});

describe('personal data of a subscriber', () => {
  const running = withService();
  const PRIVATE =
    'query ($id: ID!) { subscriber(id: $id) { consent { method text givenAt ip } unsubscribeUrl } }';
  const PII = caller('0199d0a0-0000-7000-8000-00000000000b', ['subscribers:read', 'subscribers:pii']);

  test('requires a scope of its own', async () => {
    const { subscriber } = await addSubscriber(running.service, {
      email: 'ann@example.com',
      consentText: 'at the fair',
    });
    const variables = { id: subscriber!.id };
    expect(await running.service.request(PRIVATE, { variables, as: PII })).toMatchObject({
      data: {
        subscriber: {
          consent: { method: 'STATED_BY_STAFF', text: 'at the fair', givenAt: expect.any(String), ip: null },
          unsubscribeUrl: expect.stringMatching(/^http:\/\/127\.0\.0\.1:4000\/unsubscribe\/[\w-]{48}$/),
        },
      },
    });
    const { data, errors } = await running.service.request(PRIVATE, { variables, as: READER });
    expect(data).toEqual({ subscriber: { consent: null, unsubscribeUrl: null } });
    expect(errors?.map(({ extensions }) => extensions?.['code'])).toEqual(['FORBIDDEN', 'FORBIDDEN']);
  });
});
