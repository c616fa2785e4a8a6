import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { SmtpCatcher } from '@supergraph/tools/smtp-catcher';
import { eventually } from './harness/eventually.js';
import { FaultProxy } from './harness/fault-proxy.js';
import { post } from './harness/http.js';
import { freshEmail } from './harness/people.js';
import { OUR_SITE, startTestSystem, type TestSystem } from './harness/test-system.js';
import { txnToken } from './harness/txn-token.js';

const OPERATIONS = 60;
const ANY_SITE = 'https://news.example.org';
const FORM = { 'content-type': 'application/x-www-form-urlencoded' };
const MULTIPART = { 'content-type': 'multipart/form-data; boundary=x' };
const ONE_CLICK_PART =
  '--x\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--x--\r\n';

let smtp: SmtpCatcher;
let proxy: FaultProxy;
let system: TestSystem;
const tokens: string[] = [];
beforeAll(async () => {
  smtp = await SmtpCatcher.start();
  system = await startTestSystem({
    env: {
      gateway: { RATE_LIMIT_OPERATIONS: String(OPERATIONS) },
      'email-subscriptions': { SMTP_URL: smtp.url, SIGN_UP_TAGS: 'news,offers', SIGN_UP_ATTRIBUTES: 'city' },
    },
    between: {
      'email-subscriptions': async (origin) => {
        proxy = await FaultProxy.inFrontOf(origin);
        return proxy.origin;
      },
    },
  });
});
afterAll(async () => {
  await system?.stop();
  await proxy?.close();
  await smtp?.close();
});

let clients = 0;
/** Each call comes from another address, unless it names one. */
const send = async (method: string, path: string, options: { body?: string; headers?: object } = {}) => {
  const response = await fetch(new URL(path, system.gatewayUrl), {
    method,
    redirect: 'manual',
    headers: { 'x-forwarded-for': `198.51.100.${(clients += 1)}`, ...options.headers },
    ...(options.body !== undefined && { body: options.body }),
  });
  return { status: response.status, headers: response.headers, text: await response.text() };
};
const signUp = (fields: Record<string, string> | [string, string][], headers: object = {}) =>
  send('POST', '/subscribe', {
    body: new URLSearchParams(fields).toString(),
    headers: { ...FORM, origin: ANY_SITE, ...headers },
  });
const signUpJson = (body: unknown, headers: object = {}) =>
  send('POST', '/subscribe', {
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json', origin: ANY_SITE, ...headers },
  });
/** A subscriber, from the subgraph itself, so that it does not count towards a limit. */
const subscriber = async (email: string) => {
  const query = `query ($email: String!) {
    subscriberByEmail(email: $email) { status name tags attributes consent { origin text ip } }
  }`;
  const secret = system.secrets.EMAIL_SUBSCRIPTIONS_TXN_TOKEN_SECRET!;
  const headers = { 'txn-token': txnToken(secret, { scope: 'subscribers:read subscribers:pii' }) };
  const { data } = await post(system.subgraphUrls['email-subscriptions']!, query, {
    headers,
    variables: { email },
  });
  return data.subscriberByEmail;
};
/** The paths of the links that an address got. */
const linksTo = async (email: string) => {
  const [mail] = await eventually(
    () => smtp.to(email),
    ({ length }) => length > 0,
  );
  return ['confirm', 'unsubscribe'].map((kind) => {
    const link = new URL(new RegExp(`https?://\\S+/${kind}/[\\w-]+`).exec(mail!.text)![0]);
    tokens.push(link.pathname.split('/')[2]!);
    return link.pathname;
  }) as [confirm: string, unsubscribe: string];
};

test('a person signs up by a form, confirms, and unsubscribes by one click', async () => {
  const email = freshEmail('reader');
  const accepted = await signUp(
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

  const [confirm, unsubscribe] = await linksTo(email);
  expect((await send('GET', confirm)).text).toContain('<form method="post">');
  expect(await subscriber(email)).toMatchObject({ status: 'PENDING' });
  const fromThere = { ...FORM, origin: 'null', 'x-forwarded-for': '203.0.113.8' };
  const confirmed = await send('POST', confirm, { headers: fromThere });
  expect([confirmed.status, confirmed.text]).toEqual([200, expect.stringContaining('You are subscribed')]);
  expect(await subscriber(email)).toEqual({
    status: 'ACTIVE',
    name: 'Ann',
    tags: ['news', 'offers'],
    attributes: { city: 'Bern' },
    consent: { origin: `${ANY_SITE}/join`, text: 'Yes, write to me.', ip: '203.0.113.8' },
  });

  expect((await send('GET', unsubscribe)).status).toBe(200);
  expect(await subscriber(email)).toMatchObject({ status: 'ACTIVE' });
  const oneClick = { body: 'List-Unsubscribe=One-Click', headers: FORM };
  const done = await send('POST', unsubscribe, oneClick);
  expect([done.status, done.text]).toEqual([200, expect.stringContaining('You are unsubscribed')]);
  expect(await subscriber(email)).toMatchObject({ status: 'UNSUBSCRIBED' });
  for (const again of [oneClick, { body: ONE_CLICK_PART, headers: MULTIPART }, {}]) {
    expect((await send('POST', unsubscribe, again)).status).toBe(200);
  }
});

describe.each(['/confirm', '/unsubscribe'])('%s', (path) => {
  test('shows the same page for any token, which no cache or search engine keeps', async () => {
    const [first, second] = [await send('GET', `${path}/abc`), await send('GET', `${path}/x%22%3E%3Cb%3E`)];
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
    const head = await send('HEAD', `${path}/abc`);
    expect([head.status, head.text]).toEqual([200, '']);
  });

  test('says what to do about an invalid token', async () => {
    const { status, text } = await send('POST', `${path}/secret-token-1`, { headers: { origin: 'null' } });
    expect([status, text]).toEqual([400, expect.stringContaining('This link does not work')]);
  });

  test('says that it does not work while the subgraph is away', async () => {
    proxy.inject('reset');
    try {
      const { status, text } = await send('POST', `${path}/secret-token-2`);
      expect([status, text]).toEqual([503, expect.stringContaining('Please try again later')]);
    } finally {
      proxy.inject('none');
    }
  });

  test('is limited for each address', async () => {
    const headers = { 'x-forwarded-for': `203.0.113.1${path.length}` };
    const once = () => send('POST', `${path}/secret-token-3`, { headers });
    const statuses = (await Promise.all(Array.from({ length: OPERATIONS }, once))).map(
      ({ status }) => status,
    );
    expect(new Set(statuses)).toEqual(new Set([400]));
    const { status, text, headers: received } = await once();
    expect([status, text]).toEqual([429, expect.stringContaining('wait')]);
    expect(Number(received.get('retry-after'))).toBeGreaterThan(0);
  });
});

describe('/subscribe', () => {
  test('has a form to copy, which signs up', async () => {
    const { status, text } = await send('GET', '/subscribe');
    expect(status).toBe(200);
    for (const name of ['email', 'name', 'website', 'consentText']) expect(text).toContain(`name="${name}"`);
  });

  test('redirects to a listed origin and to no other', async () => {
    const fields = { email: freshEmail('reader'), redirect: `${OUR_SITE}/thanks?a=1` };
    const listed = await signUp(fields);
    expect([listed.status, listed.headers.get('location')]).toEqual([303, fields.redirect]);
    for (const redirect of [
      'https://evil.example/',
      `${OUR_SITE}.evil.example/`,
      '/thanks',
      'javascript:1',
    ]) {
      const { status, headers } = await signUp({ ...fields, redirect });
      expect([status, headers.get('location')]).toEqual([200, null]);
    }
  });

  test('takes JSON from pages of any origin, and returns JSON', async () => {
    const preflight = await send('OPTIONS', '/subscribe', {
      headers: {
        origin: ANY_SITE,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'content-type',
      },
    });
    expect([preflight.status, preflight.headers.get('access-control-allow-headers')]).toEqual([
      204,
      'content-type',
    ]);
    const email = freshEmail('reader');
    const accepted = await signUpJson({ email, tags: ['news'], attributes: { city: 'Bern' } });
    expect([accepted.status, JSON.parse(accepted.text)]).toEqual([200, { accepted: true, userErrors: [] }]);
    expect(accepted.headers.get('access-control-allow-origin')).toBe('*');
    expect(accepted.headers.has('access-control-allow-credentials')).toBe(false);
    await eventually(
      () => subscriber(email),
      (found) => found?.status === 'PENDING' && found.attributes.city === 'Bern',
    );
  });

  test('says as JSON what is wrong with JSON', async () => {
    const invalid = await signUpJson({ email: 'nobody' });
    expect([invalid.status, JSON.parse(invalid.text)]).toEqual([
      400,
      {
        accepted: false,
        userErrors: [{ message: expect.any(String), field: expect.anything(), code: 'INVALID_EMAIL' }],
      },
    ]);
    const mistyped = await signUpJson({ email: 1 });
    expect([mistyped.status, JSON.parse(mistyped.text)]).toMatchObject([
      400,
      { errors: [{ extensions: { code: 'BAD_USER_INPUT' } }] },
    ]);
    for (const body of [null, [], 'text', 1]) expect((await signUpJson(body)).status).toBe(400);
  });

  test('says that a form is at fault if the subgraph rejects the request', async () => {
    const email = freshEmail('reader');
    const { status, text } = await signUp({ email, 'attribute.__proto__': 'x' });
    expect(status).toBe(400);
    expect(text).toContain('<h1>Please correct your entry</h1>');
  });

  test('multipart forms sign up as well', async () => {
    const email = freshEmail('reader');
    const body = `--x\r\nContent-Disposition: form-data; name="email"\r\n\r\n${email}\r\n--x--\r\n`;
    expect((await send('POST', '/subscribe', { body, headers: MULTIPART })).status).toBe(200);
    await eventually(
      () => subscriber(email),
      (found) => found !== null,
    );
  });

  test.each([
    [{ email: 'nobody' }, 'address'],
    [{ email: 'a@example.com', tags: 'staff' }, 'tags'],
    [{ email: 'a@example.com', 'attribute.rank': '1' }, 'attributes'],
    [{}, 'address'],
  ])('shows what is wrong with %j', async (fields, word) => {
    const { status, text } = await signUp(fields);
    expect([status, text]).toEqual([400, expect.stringContaining('Please correct your entry')]);
    expect(text).toContain(word);
  });

  test('accepts a form that a machine has filled in, and drops it', async () => {
    const [machine, person] = [freshEmail('machine'), freshEmail('reader')];
    const seen = ({ status, text, headers }: Awaited<ReturnType<typeof signUp>>) => {
      const { date: _date, 'x-request-id': _id, ...rest } = Object.fromEntries(headers);
      return { status, text, rest };
    };
    const dropped = [
      await signUp({ email: machine, website: 'https://spam.example' }),
      await signUpJson({ email: machine, website: 'https://spam.example' }),
    ];
    const accepted = [await signUp({ email: person }), await signUpJson({ email: person })];
    expect(dropped.map(seen)).toEqual(accepted.map(seen));
    await linksTo(person);
    expect(await subscriber(machine)).toBeNull();
    expect(smtp.to(machine)).toEqual([]);
  });

  test('says that it does not work while the subgraph is away', async () => {
    proxy.inject('reset');
    try {
      const [form, json] = [
        await signUp({ email: 'a@example.com' }),
        await signUpJson({ email: 'a@example.com' }),
      ];
      expect([form.status, form.text]).toEqual([503, expect.stringContaining('Please try again later')]);
      expect([json.status, JSON.parse(json.text)]).toMatchObject([
        503,
        { errors: [{ extensions: { code: 'SUBGRAPH_UNAVAILABLE' } }] },
      ]);
    } finally {
      proxy.inject('none');
    }
  });
});

test('/files sends to the subgraph what a client sends', async () => {
  for (const [method, options] of [
    ['GET', {}],
    ['PUT', {}],
    ['PUT', { body: 'a,b' }],
  ] as const) {
    const { status, text } = await send(method, '/files/secret-token-4', options);
    expect([status, JSON.parse(text)]).toMatchObject([
      404,
      { errors: [{ extensions: { code: 'NOT_FOUND' } }] },
    ]);
  }
  proxy.inject('reset');
  try {
    expect((await send('GET', '/files/secret-token-5')).status).toBe(503);
  } finally {
    proxy.inject('none');
  }
});

test('a malformed, too large or misplaced form is an error as JSON', async () => {
  const large = await send('POST', '/subscribe', { body: 'a'.repeat(65 * 1024), headers: FORM });
  const file = await send('POST', '/subscribe', {
    body: ONE_CLICK_PART.replace('name=', 'filename="a"; name='),
    headers: MULTIPART,
  });
  const method = await send('PUT', '/confirm/secret-token-6', { body: 'a', headers: FORM });
  const unknown = await send('POST', '/confirm/secret-token-7/more', { body: 'a', headers: FORM });
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
  const lines = Object.values(system.processes).flatMap((service) => service.logs());
  expect(lines.join('\n')).toContain('"path":"/confirm/:token"');
  expect(tokens.length).toBeGreaterThan(1);
  for (const secret of [...tokens, 'secret-token']) {
    expect(lines.filter((line) => line.includes(secret))).toEqual([]);
  }
});
