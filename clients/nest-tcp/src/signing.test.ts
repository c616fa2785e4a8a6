import { afterAll, beforeAll, expect, test } from '@jest/globals';
import jwt from 'jsonwebtoken';
import { lastValueFrom } from 'rxjs';
import { ADD_SUBSCRIBER, GET_ALL_SUBSCRIBERS } from './messages.js';
import type { SubscribersClient } from './subscribers-client.js';
import { SubscribersRecord } from './subscribers-record.js';
import { CALLER, newClient, SECRET } from './testing/client.js';
import { FakeService } from './testing/fake-service.js';
import { waitUntil } from '@supergraph/tools/wait-until';

const USER = { userId: 'user 1', sessionId: 'session 1', scopes: ['subscribers:read', 'users:read'] };

let service: FakeService;
let client: SubscribersClient;
beforeAll(async () => {
  service = await FakeService.start();
  client = newClient(service.port);
});
afterAll(async () => {
  client?.close();
  await service?.stop();
});

const last = () => service.packets.at(-1)!;
const token = () =>
  jwt.verify(last().txnToken, SECRET, {
    algorithms: ['HS256'],
    issuer: CALLER,
    audience: 'email-subscriptions',
    complete: true,
  });

test('signs with the scopes of the application', async () => {
  await lastValueFrom(client.send(GET_ALL_SUBSCRIBERS, ''));
  const { header, payload } = token();
  expect(header).toEqual({ alg: 'HS256', typ: 'txntoken+jwt' });
  const { iat, exp, ...claims } = payload as jwt.JwtPayload;
  expect(claims).toEqual({
    iss: CALLER,
    aud: 'email-subscriptions',
    scope: 'subscribers:read subscribers:write',
  });
  expect(exp! - iat!).toBe(60);
  expect(last()).toEqual({
    id: expect.any(String),
    pattern: GET_ALL_SUBSCRIBERS,
    data: '',
    txnToken: expect.any(String),
  });
});

test('signs with the scopes of a user', async () => {
  const data = { email: 'ada@example.com' };
  await lastValueFrom(
    client.send(ADD_SUBSCRIBER, new SubscribersRecord(data, { user: USER, requestId: 'r1' })),
  );
  expect(last()).toMatchObject({ pattern: ADD_SUBSCRIBER, data, requestId: 'r1' });
  expect(token().payload).toMatchObject({
    sub: 'user 1',
    sid: 'session 1',
    scope: 'subscribers:read users:read',
  });
});

test('signs for a user without scopes', async () => {
  await lastValueFrom(
    client.send(GET_ALL_SUBSCRIBERS, new SubscribersRecord('', { user: { ...USER, scopes: [] } })),
  );
  expect(token().payload).toMatchObject({ sub: 'user 1', scope: '' });
});

test('signs emitted messages', async () => {
  const before = service.packets.length;
  await lastValueFrom(client.emit(ADD_SUBSCRIBER, new SubscribersRecord({ email: 'e' }, { user: USER })));
  await waitUntil(() => service.packets.length > before);
  expect(token().payload).toMatchObject({ iss: CALLER, sub: 'user 1' });
  expect(last()).toMatchObject({ pattern: '{"cmd":"add-subscriber"}', data: { email: 'e' } });
  expect(last().id).toBeUndefined();
});
