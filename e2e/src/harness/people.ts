import { randomUUID } from 'node:crypto';
import { post } from './http.js';

export const PASSWORD = 'correct horse battery staple';

/** The first owner of every test system. */
export const OWNER = { email: 'owner@example.com', password: 'walnut-otter-19' };

export interface Person {
  readonly email: string;
  readonly displayName: string;
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly userId: string;
}

export function freshEmail(name = 'someone'): string {
  return `${name}-${randomUUID()}@example.com`;
}

/** Registers a new user and logs in. */
export async function newPerson(gatewayUrl: string, displayName = 'Ada'): Promise<Person> {
  const email = freshEmail('person');
  const registered = await post(
    gatewayUrl,
    'mutation ($input: RegisterInput!) { register(input: $input) { accepted userErrors { code message } } }',
    { variables: { input: { email, password: PASSWORD, displayName } } },
  );
  if (registered.data?.register?.accepted !== true) throw new Error(`register: ${registered.text}`);
  return { email, displayName, ...(await logIn(gatewayUrl, email)) };
}

/** Registers a new user, makes it an admin, and logs in. The system must have its owner. */
export async function newAdmin(gatewayUrl: string, displayName = 'Ada'): Promise<Person> {
  const person = await newPerson(gatewayUrl, displayName);
  const owner = await logIn(gatewayUrl, OWNER.email, OWNER.password);
  const { errors, data } = await post(
    gatewayUrl,
    'mutation ($input: SetUserRolesInput!) { setUserRoles(input: $input) { userErrors { message } } }',
    { token: owner.accessToken, variables: { input: { userId: person.userId, roles: ['ADMIN'] } } },
  );
  if (errors || data.setUserRoles.userErrors.length > 0) throw new Error('the roles could not be set');
  return { ...person, ...(await logIn(gatewayUrl, person.email)) };
}

export async function logIn(gatewayUrl: string, email: string, password = PASSWORD) {
  const { data, text } = await post(
    gatewayUrl,
    `mutation ($input: LoginInput!) {
      login(input: $input) { tokens { accessToken refreshToken } viewer { user { id } } userErrors { code } }
    }`,
    { variables: { input: { email, password } } },
  );
  if (!data?.login?.tokens) throw new Error(`login: ${text}`);
  const { accessToken, refreshToken } = data.login.tokens as { accessToken: string; refreshToken: string };
  return { accessToken, refreshToken, userId: data.login.viewer.user.id as string };
}

/** Adds a subscriber; returns the payload. */
export async function addSubscriber(gatewayUrl: string, token: string, input: object) {
  const { data, text } = await post(
    gatewayUrl,
    `mutation ($input: AddSubscriberInput!) {
      addSubscriber(input: $input) {
        created
        subscriber { id email name status addedAt addedBy { id displayName } }
        userErrors { code field message existing { id } }
      }
    }`,
    { token, variables: { input } },
  );
  if (!data?.addSubscriber) throw new Error(`addSubscriber: ${text}`);
  return data.addSubscriber;
}

/** Adds a subscriber with a random address; returns the address. */
export async function addRandomSubscriber(gatewayUrl: string, token: string, name?: string): Promise<string> {
  const email = freshEmail(name);
  await addSubscriber(gatewayUrl, token, { email });
  return email;
}

/** The current cursor of the event stream, from a list. */
export async function streamCursor(gatewayUrl: string, token: string): Promise<string> {
  const { data, text } = await post(gatewayUrl, '{ subscribers(first: 1) { streamCursor } }', { token });
  if (!data?.subscribers) throw new Error(`streamCursor: ${text}`);
  return data.subscribers.streamCursor as string;
}
