import { describe, expect, test } from '@jest/globals';
import { subscribe } from '../../testing/sign-ups.js';
import { withService } from '../../testing/with-service.js';

describe('subscribe', () => {
  const running = withService({ SIGN_UP_TAGS: 'news', SIGN_UP_ATTRIBUTES: 'city,language' });
  const email = 'ada@example.com';

  test.each([
    ['an address that is not valid', { email: 'ada' }, 'email', 'INVALID_EMAIL'],
    ['a name that is too long', { email, name: 'x'.repeat(201) }, 'name', 'INVALID_INPUT'],
    ['a tag that is not allowed', { email, tags: ['news', 'staff'] }, 'tags', 'INVALID_INPUT'],
    ['a tag that is too long', { email, tags: ['x'.repeat(65)] }, 'tags', 'INVALID_INPUT'],
    [
      'an attribute that is not allowed',
      { email, attributes: { city: 'Bath', vip: true } },
      'attributes',
      'INVALID_INPUT',
    ],
    [
      'an attribute that cannot be stored',
      { email, attributes: { city: 'a\0b' } },
      'attributes',
      'INVALID_INPUT',
    ],
    [
      'an origin with control characters',
      { email, origin: 'https://example.com/\nx' },
      'origin',
      'INVALID_INPUT',
    ],
    [
      'an origin that is too long',
      { email, origin: `https://example.com/${'x'.repeat(2_048)}` },
      'origin',
      'INVALID_INPUT',
    ],
    [
      'a consent text that is too long',
      { email, consentText: 'x'.repeat(2_001) },
      'consentText',
      'INVALID_INPUT',
    ],
  ])('rejects %s and stores nothing', async (_, input, field, code) => {
    const { service } = running;
    expect(await subscribe(service, input)).toEqual({
      accepted: false,
      userErrors: [{ code, field: ['input', field], message: expect.any(String) }],
    });
    const rows = await service.database.query('SELECT FROM sign_ups UNION ALL SELECT FROM subscribers');
    expect(rows).toEqual([]);
  });

  test('rejects a sign-up while 100,000 wait', async () => {
    const { service } = running;
    await service.database.query(
      `INSERT INTO sign_ups (id, email, email_normalized, tags, attributes, created_at, due_at)
       SELECT gen_random_uuid(), 'x', n || '@example.com', '{}', '{}', now(), now() + interval '1 hour'
         FROM generate_series(1, 99999) AS n`,
    );
    expect(await subscribe(service, { email })).toEqual({ accepted: true, userErrors: [] });
    await service.database.query(
      `INSERT INTO sign_ups (id, email, email_normalized, tags, attributes, created_at, due_at)
       SELECT gen_random_uuid(), 'x', 'another@example.com', '{}', '{}', now(), now() + interval '1 hour'`,
    );
    expect(await subscribe(service, { email })).toEqual({
      accepted: false,
      userErrors: [{ code: 'RATE_LIMITED', field: null, message: expect.stringContaining('Try again') }],
    });
  });
});

describe('subscribe without settings', () => {
  const running = withService();

  test.each([
    ['tags', { tags: ['news'] }],
    ['attributes', { attributes: { city: 'Bath' } }],
  ])('allows no %s', async (field, input) => {
    const { userErrors } = await subscribe(running.service, { email: 'ada@example.com', ...input });
    expect(userErrors).toMatchObject([{ code: 'INVALID_INPUT', field: ['input', field] }]);
  });
});
