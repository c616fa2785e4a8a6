import { describe, expect, test } from '@jest/globals';
import { addSubscriber } from './testing/additions.js';
import { EDITOR, tokenFor } from './testing/callers.js';
import { withService } from './testing/with-service.js';

const ADD = 'mutation ($input: AddSubscriberInput!) { addSubscriber(input: $input) { created } }';
const INPUT = { email: 'Secret.Person@example.com', name: 'Secret Person' };

describe('a fault that nobody foresaw', () => {
  const running = withService();

  test('leaves with an id to look it up by, and is logged under it without anything personal', async () => {
    const { service } = running;
    await addSubscriber(service, { email: 'secret.first@example.com' });
    // Postgres hands out the whole row that breaks a constraint, TypeORM all parameters of the statement.
    await service.database.query(
      'ALTER TABLE subscribers ADD CONSTRAINT nobody_more CHECK (false) NOT VALID',
    );

    const overHttp = await service.ask(ADD, { variables: { input: INPUT } });
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
    expect(service.log.join('')).toContain('nobody_more');
    expect(service.log.join('')).not.toMatch(/secret/i);
  });
});
