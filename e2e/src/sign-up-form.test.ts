import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { eventually } from './harness/eventually.js';
import { freshEmail } from './harness/people.js';
import { ANY_SITE, MULTIPART, PublicPages, type PageResponse } from './harness/public-pages.js';
import { OUR_SITE } from './harness/test-system.js';

let pages: PublicPages;
beforeAll(async () => {
  pages = await PublicPages.start();
});
afterAll(() => pages?.stop());

describe('/subscribe', () => {
  test('has a form to copy, which signs up', async () => {
    const { status, text } = await pages.send('GET', '/subscribe');
    expect(status).toBe(200);
    for (const name of ['email', 'name', 'website', 'consentText']) expect(text).toContain(`name="${name}"`);
  });

  test('redirects to a listed origin and to no other', async () => {
    const fields = { email: freshEmail('reader'), redirect: `${OUR_SITE}/thanks?a=1` };
    const listed = await pages.signUp(fields);
    expect([listed.status, listed.headers.get('location')]).toEqual([303, fields.redirect]);
    for (const redirect of [
      'https://evil.example/',
      `${OUR_SITE}.evil.example/`,
      '/thanks',
      'javascript:1',
    ]) {
      const { status, headers } = await pages.signUp({ ...fields, redirect });
      expect([status, headers.get('location')]).toEqual([200, null]);
    }
  });

  test('takes JSON from pages of any origin, and returns JSON', async () => {
    const preflight = await pages.send('OPTIONS', '/subscribe', {
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
    const accepted = await pages.signUpJson({ email, tags: ['news'], attributes: { city: 'Bern' } });
    expect([accepted.status, JSON.parse(accepted.text)]).toEqual([200, { accepted: true, userErrors: [] }]);
    expect(accepted.headers.get('access-control-allow-origin')).toBe('*');
    expect(accepted.headers.has('access-control-allow-credentials')).toBe(false);
    await eventually(
      () => pages.subscriber(email),
      (found) => found?.status === 'PENDING' && found.attributes.city === 'Bern',
    );
  });

  test('says as JSON what is wrong with JSON', async () => {
    const invalid = await pages.signUpJson({ email: 'nobody' });
    expect([invalid.status, JSON.parse(invalid.text)]).toEqual([
      400,
      {
        accepted: false,
        userErrors: [{ message: expect.any(String), field: expect.anything(), code: 'INVALID_EMAIL' }],
      },
    ]);
    const mistyped = await pages.signUpJson({ email: 1 });
    expect([mistyped.status, JSON.parse(mistyped.text)]).toMatchObject([
      400,
      { errors: [{ extensions: { code: 'BAD_USER_INPUT' } }] },
    ]);
    for (const body of [null, [], 'text', 1]) expect((await pages.signUpJson(body)).status).toBe(400);
  });

  test('says that a form is at fault if the subgraph rejects the request', async () => {
    const email = freshEmail('reader');
    const { status, text } = await pages.signUp({ email, 'attribute.__proto__': 'x' });
    expect(status).toBe(400);
    expect(text).toContain('<h1>Please correct your entry</h1>');
  });

  test('multipart forms sign up as well', async () => {
    const email = freshEmail('reader');
    const body = `--x\r\nContent-Disposition: form-data; name="email"\r\n\r\n${email}\r\n--x--\r\n`;
    expect((await pages.send('POST', '/subscribe', { body, headers: MULTIPART })).status).toBe(200);
    await eventually(
      () => pages.subscriber(email),
      (found) => found !== null,
    );
  });

  test.each([
    [{ email: 'nobody' }, 'address'],
    [{ email: 'a@example.com', tags: 'staff' }, 'tags'],
    [{ email: 'a@example.com', 'attribute.rank': '1' }, 'attributes'],
    [{}, 'address'],
  ])('shows what is wrong with %j', async (fields, word) => {
    const { status, text } = await pages.signUp(fields);
    expect([status, text]).toEqual([400, expect.stringContaining('Please correct your entry')]);
    expect(text).toContain(word);
  });

  test('accepts a form that a machine has filled in, and drops it', async () => {
    const [machine, person] = [freshEmail('machine'), freshEmail('reader')];
    const seen = ({ status, text, headers }: PageResponse) => {
      const { date: _date, 'x-request-id': _id, ...rest } = Object.fromEntries(headers);
      return { status, text, rest };
    };
    const dropped = [
      await pages.signUp({ email: machine, website: 'https://spam.example' }),
      await pages.signUpJson({ email: machine, website: 'https://spam.example' }),
    ];
    const accepted = [await pages.signUp({ email: person }), await pages.signUpJson({ email: person })];
    expect(dropped.map(seen)).toEqual(accepted.map(seen));
    await pages.linksTo(person);
    expect(await pages.subscriber(machine)).toBeNull();
    expect(pages.smtp.to(machine)).toEqual([]);
  });

  test('says that it does not work while the subgraph is away', async () => {
    pages.proxy.inject('reset');
    try {
      const [form, json] = [
        await pages.signUp({ email: 'a@example.com' }),
        await pages.signUpJson({ email: 'a@example.com' }),
      ];
      expect([form.status, form.text]).toEqual([503, expect.stringContaining('Please try again later')]);
      expect([json.status, JSON.parse(json.text)]).toMatchObject([
        503,
        { errors: [{ extensions: { code: 'SUBGRAPH_UNAVAILABLE' } }] },
      ]);
    } finally {
      pages.proxy.inject('none');
    }
  });
});
