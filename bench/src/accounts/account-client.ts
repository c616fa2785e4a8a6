import { Fault } from '@supergraph/tools/fault';
import { Pool } from 'undici';

const PATIENCE_MS = 120_000;

export interface Tokens {
  readonly accessToken: string;
  readonly refreshToken: string;
}

/** People at one GraphQL address, the gateway's or that of users. */
export class AccountClient {
  private readonly http: Pool;

  constructor(
    private readonly url: string,
    connections: number,
    /** What one of them sends besides. */
    private readonly headers: (client: number) => Record<string, string>,
  ) {
    this.http = new Pool(new URL(url).origin, {
      connections,
      headersTimeout: PATIENCE_MS,
      bodyTimeout: PATIENCE_MS,
    });
  }

  async register(email: string, password: string): Promise<void> {
    const answer = await this.send(
      0,
      'mutation ($input: RegisterInput!) { register(input: $input) { accepted } }',
      { input: { email, password, displayName: 'Bench' } },
    );
    if (!answer.text.includes('"accepted":true')) throw new Fault(`${email}: ${answer.text}`);
  }

  /** @throws Fault when they are not let in */
  async logIn(client: number, email: string, password: string): Promise<Tokens> {
    const { text } = await this.send(
      client,
      `mutation ($input: LoginInput!) {
        login(input: $input) { tokens { accessToken refreshToken } userErrors { code message } }
      }`,
      { input: { email, password } },
    );
    return tokensIn(text, 'login');
  }

  /** @throws Fault when the session does not go on */
  async refresh(client: number, refreshToken: string): Promise<Tokens> {
    const { text } = await this.send(
      client,
      `mutation ($input: RefreshSessionInput!) {
        refreshSession(input: $input) { tokens { accessToken refreshToken } userErrors { code message } }
      }`,
      { input: { refreshToken } },
    );
    return tokensIn(text, 'refreshSession');
  }

  async send(
    client: number,
    query: string,
    variables: object = {},
    headers: Record<string, string> = {},
  ): Promise<{ status: number; text: string }> {
    const { statusCode, body } = await this.http.request({
      method: 'POST',
      path: new URL(this.url).pathname,
      headers: { 'content-type': 'application/json', ...this.headers(client), ...headers },
      body: JSON.stringify({ query, variables }),
    });
    return { status: statusCode, text: await body.text() };
  }

  async close(): Promise<void> {
    await this.http.destroy();
  }
}

function tokensIn(text: string, field: string): Tokens {
  const { data } = JSON.parse(text) as { data?: Record<string, { tokens: Tokens | null } | null> };
  const tokens = data?.[field]?.tokens;
  if (!tokens) throw new Fault(`${field}: ${text}`);
  return tokens;
}
