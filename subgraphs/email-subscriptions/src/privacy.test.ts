import { describe, expect, test } from '@jest/globals';
import { addSubscriber } from './testing/additions.js';
import { EDITOR, tokenFor } from './testing/callers.js';
import { withService } from './testing/with-service.js';

const ADD = 'mutation ($input: AddSubscriberInput!) { addSubscriber(input: $input) { created } }';
const INPUT = { email: 'Secret.Person@example.com', name: 'Secret Person' };

describe('an unexpected error', () => {
  const running = withService();

  test('returns only a request id, and is logged under this id without personal data', async () => {
    const { service } = running;
    await addSubscriber(service, { email: 'secret.first@example.com' });
    // The error of Postgres has the whole row, and that of TypeORM all parameters.
    await service.database.query(
      'ALTER TABLE subscribers ADD CONSTRAINT no_more_rows CHECK (false) NOT VALID',
    );

    const overHttp = await service.request(ADD, { variables: { input: INPUT } });
    const socket = await service.connect();
    socket.subscribe('1', ADD, tokenFor(EDITOR), { input: INPUT });
    const overSocket = (await socket.next()).payload as typeof overHttp;
    await socket.close();

    for (const { data, errors } of [overHttp, overSocket]) {
      expect(data).toEqual({ addSubscriber: null });
      expect(errors).toEqual([
        {
          message: 'Something went wrong on our side.',
          path: ['addSubscriber'],
          locations: expect.any(Array),
          extensions: { code: 'INTERNAL_SERVER_ERROR', requestId: expect.any(String) },
        },
      ]);
      const lines = service.log.map((line) => JSON.parse(line) as { requestId?: string; msg: string });
      const requestId = errors![0]!.extensions.requestId!;
      expect(
        lines.filter((line) => line.requestId === requestId && line.msg === 'unforeseen error'),
      ).toHaveLength(1);
    }
    expect(service.log.join('')).toContain('no_more_rows');
    expect(service.log.join('')).not.toMatch(/secret/i);
  });
});
