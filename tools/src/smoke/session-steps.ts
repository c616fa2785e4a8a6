import type { Data, Steps } from './step.js';

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

/** Registers, logs in, refreshes the session, and revokes others. Later steps use the refreshed session. */
export async function playSessions(steps: Steps, person: Person): Promise<void> {
  const { email, password, displayName } = person;
  const logIn = async (): Promise<Tokens> => {
    const query = `mutation($input: LoginInput!) { login(input: $input) { ${TOKENS} } }`;
    return tokensOf(steps, (await steps.ask(query, { input: { email, password } })).login);
  };
  const refresh = async (refreshToken: string): Promise<Data> => {
    const query = `mutation($input: RefreshSessionInput!) { refreshSession(input: $input) { ${TOKENS} } }`;
    return (await steps.ask(query, { input: { refreshToken } })).refreshSession;
  };

  await steps.step('register an account', async () => {
    const { register } = await steps.ask(
      'mutation($input: RegisterInput!) { register(input: $input) { accepted userErrors { code message } } }',
      { input: person },
    );
    steps.same(register, { accepted: true, userErrors: [] });
  });

  const first = await steps.step('log in', logIn);
  steps.accessToken = first.accessToken;

  await steps.step('query the viewer', async () => {
    const { viewer } = await steps.ask('{ viewer { user { displayName } scopes } }');
    steps.same(viewer?.user, { displayName });
    steps.expect(viewer.scopes.includes('subscribers:write'));
  });

  steps.accessToken = await steps.step('refresh the session: the refresh token changes', async () => {
    const tokens = tokensOf(steps, await refresh(first.refreshToken));
    steps.expect(tokens.refreshToken !== first.refreshToken);
    return tokens.accessToken;
  });

  await steps.step('log out of a second session: its refresh token is rejected', async () => {
    const second = await logIn();
    const query = 'mutation { logout { revoked userErrors { code } } }';
    const { logout } = await steps.ask(query, {}, second.accessToken);
    steps.same(logout, { revoked: 1, userErrors: [] });
    const rejected = await refresh(second.refreshToken);
    steps.expect(rejected.tokens === null && rejected.userErrors.length === 1);
  });

  await steps.step('list a third session, and revoke all others', async () => {
    await logIn();
    const { viewer } = await steps.ask('{ viewer { sessions(first: 10) { nodes { current } } } }');
    steps.same(viewer.sessions.nodes, [{ current: false }, { current: true }]);
    const { revokeSessions } = await steps.ask(
      'mutation { revokeSessions(input: { othersOnly: true }) { revoked userErrors { code } } }',
    );
    steps.same(revokeSessions, { revoked: 1, userErrors: [] });
  });
}

function tokensOf(steps: Steps, { tokens, userErrors }: Data): Tokens {
  steps.same(userErrors, []);
  steps.expect(typeof tokens?.accessToken === 'string' && typeof tokens.refreshToken === 'string');
  return tokens as Tokens;
}
