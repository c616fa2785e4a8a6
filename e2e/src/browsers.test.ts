import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { System } from '@supergraph/tools/system';
import { eventually } from './harness/eventually.js';
import { codesOf, postRaw } from './harness/http.js';
import { preflight, rejectedUpgrade } from './harness/rejections.js';
import { OUR_SITE, startTestSystem } from './harness/test-system.js';

let system: System;
beforeAll(async () => {
  system = await startTestSystem();
});
afterAll(() => system?.stop());

const QUERY = JSON.stringify({ query: '{ viewer { email } }' });

describe('a page in a browser', () => {
  test.each([OUR_SITE, 'https://studio.apollographql.com'])('of %s may send requests', async (origin) => {
    const preflight = await fetch(system.gatewayUrl, {
      method: 'OPTIONS',
      headers: {
        origin,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization,content-type',
      },
    });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get('access-control-allow-origin')).toBe(origin);
    expect(preflight.headers.get('access-control-allow-headers')).toBe('authorization,content-type');

    const { status, data, headers } = await postRaw(system.gatewayUrl, QUERY, { origin });
    expect([status, data]).toEqual([200, { viewer: null }]);
    expect(headers.get('access-control-allow-origin')).toBe(origin);
    expect(headers.get('vary')).toBe('Origin');
  });

  test.each([
    'https://evil.example.com',
    'https://app.example.com.evil.example',
    'http://app.example.com',
    'null',
  ])('of %s is rejected, and its operation is not executed', async (origin) => {
    const response = await postRaw(system.gatewayUrl, QUERY, { origin });
    expect([response.status, codesOf(response), response.data]).toEqual([403, ['FORBIDDEN'], undefined]);
    expect(response.headers.get('access-control-allow-origin')).toBeNull();
  });

  test('of another origin learns in development how to allow it, and the log says so once', async () => {
    const page = 'http://localhost:5173';
    const logged = () => system.processes.gateway.logs().filter((line) => line.includes(page));
    for (const { status, body } of [
      await preflight(system.gatewayUrl, page),
      await rejectedUpgrade(system.gatewayUrl, page),
    ]) {
      expect(status).toBe(403);
      expect(body).toContain(`CORS_ORIGINS=${page} `);
    }
    const other = 'http://localhost:5174';
    await preflight(system.gatewayUrl, other);
    await eventually(
      () => system.processes.gateway.logs(),
      (lines) => lines.some((line) => line.includes(other)),
    );
    expect(logged()).toHaveLength(1);
  });

  test('cannot run an operation by a form (CSRF)', async () => {
    const { status, data } = await postRaw(system.gatewayUrl, QUERY, { 'content-type': 'text/plain' });
    expect(status).toBeGreaterThanOrEqual(400);
    expect(data).toBeUndefined();
    const simpleGet = await fetch(`${system.gatewayUrl}?query=${encodeURIComponent('{ __typename }')}`);
    expect(simpleGet.status).toBe(400);
    expect(await simpleGet.text()).toContain('CSRF');
  });

  test('gets Apollo Sandbox in development, and can query by GET', async () => {
    const landing = await fetch(system.gatewayUrl, { headers: { accept: 'text/html' } });
    expect(landing.headers.get('content-type')).toContain('text/html');
    // It may not be framed. It has frames and scripts itself, so nothing else is restricted.
    expect(landing.headers.get('content-security-policy')).toBe("frame-ancestors 'none'");
    const get = await fetch(`${system.gatewayUrl}?query=${encodeURIComponent('{ __typename }')}`, {
      headers: { 'apollo-require-preflight': '1' },
    });
    expect(await get.json()).toEqual({ data: { __typename: 'Query' } });
  });
});
