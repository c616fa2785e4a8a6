import { ask, type Data } from './graphql-client.js';
import type { Steps } from './step.js';

const TOKENS = 'tokens { accessToken refreshToken } userErrors { code message }';

export interface Person {
  email: string;
  password: string;
  displayName: string;
}

interface Tokens {
  accessToken: string;
  refreshToken: string;
}

/** Registers, logs in, renews the session, ends others. Gives back the access token of the session that lives. */
export async function playSessions(steps: Steps, url: string, person: Person): Promise<string> {
  const { email, password, displayName } = person;

  await steps.step('register an account', async () => {
    const { register } = await ask(
      steps,
      url,
      'mutation($input: RegisterInput!) { register(input: $input) { accepted userErrors { code message } } }',
      { input: person },
    );
    steps.same(register, { accepted: true, userErrors: [] });
  });

  const first = await steps.step('log in', async () => logIn(steps, url, { email, password }));

  await steps.step('ask who the viewer is', async () => {
    const { viewer } = await ask(
      steps,
      url,
      '{ viewer { user { displayName } scopes } }',
      {},
      first.accessToken,
    );
    steps.same(viewer?.user, { displayName });
    steps.expect(viewer.scopes.includes('subscribers:write'));
  });

  const renewed = await steps.step('renew the session: the refresh token changes', async () => {
    const tokens = tokensOf(steps, await refresh(steps, url, first.refreshToken));
    steps.expect(tokens.refreshToken !== first.refreshToken);
    return tokens;
  });

  await steps.step('log out of a second session: its refresh token is worth nothing any more', async () => {
    const second = await logIn(steps, url, { email, password });
    const { logout } = await ask(
      steps,
      url,
      'mutation { logout { revoked userErrors { code } } }',
      {},
      second.accessToken,
    );
    steps.same(logout, { revoked: 1, userErrors: [] });
    const refused = await refresh(steps, url, second.refreshToken);
    steps.expect(refused.tokens === null && refused.userErrors.length === 1);
  });

  await steps.step('see a third session among one’s own, and end all others', async () => {
    await logIn(steps, url, { email, password });
    const { viewer } = await ask(
      steps,
      url,
      '{ viewer { sessions(first: 10) { nodes { current } } } }',
      {},
      renewed.accessToken,
    );
    steps.same(viewer.sessions.nodes, [{ current: false }, { current: true }]);
    const { revokeSessions } = await ask(
      steps,
      url,
      'mutation { revokeSessions(input: { othersOnly: true }) { revoked userErrors { code } } }',
      {},
      renewed.accessToken,
    );
    steps.same(revokeSessions, { revoked: 1, userErrors: [] });
  });

  return renewed.accessToken;
}

async function logIn(steps: Steps, url: string, input: { email: string; password: string }): Promise<Tokens> {
  const query = `mutation($input: LoginInput!) { login(input: $input) { ${TOKENS} } }`;
  return tokensOf(steps, (await ask(steps, url, query, { input })).login);
}

async function refresh(steps: Steps, url: string, refreshToken: string): Promise<Data> {
  const query = `mutation($input: RefreshSessionInput!) { refreshSession(input: $input) { ${TOKENS} } }`;
  return (await ask(steps, url, query, { input: { refreshToken } })).refreshSession;
}

function tokensOf(steps: Steps, payload: Data): Tokens {
  steps.same(payload.userErrors, []);
  steps.expect(
    typeof payload.tokens?.accessToken === 'string' && typeof payload.tokens.refreshToken === 'string',
  );
  return payload.tokens as Tokens;
}
