import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { freshEmail } from './harness/people.js';
import {
  ANY_SITE,
  FORM,
  MULTIPART,
  ONE_CLICK,
  ONE_CLICK_PART,
  OPERATIONS,
  PublicPages,
} from './harness/public-pages.js';

let pages: PublicPages;
beforeAll(async () => {
  pages = await PublicPages.start();
});
afterAll(() => pages?.stop());

test('a person signs up by a form, confirms, and unsubscribes by one click', async () => {
  const email = freshEmail('reader');
  const accepted = await pages.signUp(
    [
      ['email', email],
      ['name', 'Ann'],
      ['tags', 'news'],
      ['tags', 'offers'],
      ['attribute.city', 'Bern'],
      ['consentText', 'Yes, write to me.'],
    ],
    { referer: `${ANY_SITE}/join?about=me` },
  );
  expect([accepted.status, accepted.text]).toEqual([200, expect.stringContaining('Check your mail')]);

  const { confirm, unsubscribe } = await pages.linksTo(email);
  expect((await pages.send('GET', confirm)).text).toContain('<form method="post">');
  expect(await pages.subscriber(email)).toMatchObject({ status: 'PENDING' });
  const fromThere = { ...FORM, origin: 'null', 'x-forwarded-for': '203.0.113.8' };
  const confirmed = await pages.send('POST', confirm, { headers: fromThere });
  expect([confirmed.status, confirmed.text]).toEqual([200, expect.stringContaining('You are subscribed')]);
  expect(await pages.subscriber(email)).toEqual({
    status: 'ACTIVE',
    name: 'Ann',
    tags: ['news', 'offers'],
    attributes: { city: 'Bern' },
    consent: { origin: `${ANY_SITE}/join`, text: 'Yes, write to me.', ip: '203.0.113.8' },
  });

  expect((await pages.send('GET', unsubscribe)).status).toBe(200);
  expect(await pages.subscriber(email)).toMatchObject({ status: 'ACTIVE' });
  const oneClick = { body: ONE_CLICK, headers: FORM };
  const done = await pages.send('POST', unsubscribe, oneClick);
  expect([done.status, done.text]).toEqual([200, expect.stringContaining('You are unsubscribed')]);
  expect(await pages.subscriber(email)).toMatchObject({ status: 'UNSUBSCRIBED' });
  for (const again of [oneClick, { body: ONE_CLICK_PART, headers: MULTIPART }, {}]) {
    expect((await pages.send('POST', unsubscribe, again)).status).toBe(200);
  }
});

describe.each(['/confirm', '/unsubscribe'])('%s', (path) => {
  test('shows the same page for any token, which no cache or search engine keeps', async () => {
    const [first, second] = [
      await pages.send('GET', `${path}/abc`),
      await pages.send('GET', `${path}/x%22%3E%3Cb%3E`),
    ];
    expect([first.status, first.text]).toEqual([200, second.text]);
    expect(first.text).toMatch(/^<!doctype html>\s*<html lang="en">/);
    expect(Object.fromEntries(first.headers)).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      'x-robots-tag': 'noindex',
      'x-content-type-options': 'nosniff',
      'content-security-policy': expect.stringMatching(
        /^default-src 'none'; style-src 'sha256-[^']+'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'$/,
      ),
    });
    expect(first.headers.has('set-cookie')).toBe(false);
    const head = await pages.send('HEAD', `${path}/abc`);
    expect([head.status, head.text]).toEqual([200, '']);
  });

  test('says what to do about an invalid token', async () => {
    const { status, text } = await pages.send('POST', `${path}/secret-token-1`, {
      headers: { origin: 'null' },
    });
    expect([status, text]).toEqual([400, expect.stringContaining('This link does not work')]);
  });

  test('says that it does not work while the subgraph is away', async () => {
    pages.proxy.inject('reset');
    try {
      const { status, text } = await pages.send('POST', `${path}/secret-token-2`);
      expect([status, text]).toEqual([503, expect.stringContaining('Please try again later')]);
    } finally {
      pages.proxy.inject('none');
    }
  });

  test('is limited for each address', async () => {
    const headers = { 'x-forwarded-for': `203.0.113.1${path.length}` };
    const once = () => pages.send('POST', `${path}/secret-token-3`, { headers });
    const statuses = (await Promise.all(Array.from({ length: OPERATIONS }, once))).map(
      ({ status }) => status,
    );
    expect(new Set(statuses)).toEqual(new Set([400]));
    const { status, text, headers: received } = await once();
    expect([status, text]).toEqual([429, expect.stringContaining('wait')]);
    expect(Number(received.get('retry-after'))).toBeGreaterThan(0);
  });
});

test('/files sends to the subgraph what a client sends', async () => {
  for (const [method, options] of [
    ['GET', {}],
    ['PUT', {}],
    ['PUT', { body: 'a,b' }],
  ] as const) {
    const { status, text } = await pages.send(method, '/files/secret-token-4', options);
    expect([status, JSON.parse(text)]).toMatchObject([
      404,
      { errors: [{ extensions: { code: 'NOT_FOUND' } }] },
    ]);
  }
  pages.proxy.inject('reset');
  try {
    expect((await pages.send('GET', '/files/secret-token-5')).status).toBe(503);
  } finally {
    pages.proxy.inject('none');
  }
});

test('a malformed, too large or misplaced form is an error as JSON', async () => {
  const large = await pages.send('POST', '/subscribe', { body: 'a'.repeat(65 * 1024), headers: FORM });
  const file = await pages.send('POST', '/subscribe', {
    body: ONE_CLICK_PART.replace('name=', 'filename="a"; name='),
    headers: MULTIPART,
  });
  const method = await pages.send('PUT', '/confirm/secret-token-6', { body: 'a', headers: FORM });
  const unknown = await pages.send('POST', '/confirm/secret-token-7/more', { body: 'a', headers: FORM });
  const statuses = [large, file, method, unknown].map(({ status, text }) => [
    status,
    (JSON.parse(text) as { errors: { extensions: { code: string } }[] }).errors[0]!.extensions.code,
  ]);
  expect(statuses).toEqual([
    [413, 'BAD_REQUEST'],
    [400, 'BAD_REQUEST'],
    [405, 'BAD_REQUEST'],
    [404, 'NOT_FOUND'],
  ]);
});

test('no service logs a token', async () => {
  const lines = Object.values(pages.system.processes).flatMap((service) => service.logs());
  expect(lines.join('\n')).toContain('"path":"/confirm/:token"');
  expect(pages.tokens.length).toBeGreaterThan(1);
  for (const secret of [...pages.tokens, 'secret-token']) {
    expect(lines.filter((line) => line.includes(secret))).toEqual([]);
  }
});
