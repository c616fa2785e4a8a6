import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { System } from '@supergraph/tools/system';
import { eventually } from './harness/eventually.js';
import { post } from './harness/http.js';
import { addSubscriber, freshEmail, logIn, OWNER } from './harness/people.js';
import { startTestSystem } from './harness/test-system.js';

const CREATE = `mutation ($input: CreateSubscriberExportInput!) {
  createSubscriberExport(input: $input) { downloadUrl rows { value } userErrors { message } }
}`;

let system: System;
let token: string;
beforeAll(async () => {
  system = await startTestSystem({ env: { 'email-subscriptions': { EXPORTS_AT_ONCE: '1' } } });
  token = (await logIn(system.gatewayUrl, OWNER.email, OWNER.password)).accessToken;
});
afterAll(() => system?.stop());

describe('an export', () => {
  test('is downloaded through the gateway, once and without a login', async () => {
    const email = freshEmail('Exported');
    await addSubscriber(system.gatewayUrl, token, { email, name: '=1+1' });
    const input = { fields: ['EMAIL', 'NAME'], filter: { query: email } };
    const { data } = await post(system.gatewayUrl, CREATE, { token, variables: { input } });
    expect(data.createSubscriberExport).toMatchObject({ rows: { value: 1 }, userErrors: [] });
    const { pathname } = new URL(data.createSubscriberExport.downloadUrl as string);
    const url = new URL(pathname, system.gatewayUrl);

    const response = await fetch(url);
    expect([response.status, response.headers.get('content-type')]).toEqual([
      200,
      'text/csv; charset=utf-8; header=present',
    ]);
    expect(response.headers.get('content-disposition')).toMatch(/^attachment; filename="subscribers-/);
    expect(await response.text()).toBe(`email,name\n${email},'=1+1\n`);

    const again = await fetch(url);
    expect([again.status, await again.json()]).toMatchObject([
      404,
      { errors: [{ extensions: { code: 'NOT_FOUND' } }] },
    ]);
  });

  test('waits its turn while too many run', async () => {
    const created = async () => {
      const variables = { input: {} };
      const { data } = await post(system.gatewayUrl, CREATE, { token, variables });
      const { pathname } = new URL(data.createSubscriberExport.downloadUrl as string);
      return new URL(pathname, system.gatewayUrl);
    };
    const urls = [await created(), await created(), await created(), await created()];
    const waiting = new Set(urls);
    const statuses = new Set<number>();
    // Each response is complete or asks to come back.
    await eventually(
      async () => {
        await Promise.all(
          [...waiting].map(async (url) => {
            const response = await fetch(url);
            statuses.add(response.status);
            await response.text();
            if (response.status === 200) waiting.delete(url);
            else expect(response.headers.get('retry-after')).toBe('30');
          }),
        );
        return waiting.size;
      },
      (left) => left === 0,
    );
    expect(statuses).toEqual(new Set([200, 429]));
  });
});
