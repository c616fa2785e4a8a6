import { post, codesOf, type GraphQLResponse } from './http.js';
import { logIn, newPerson, type Person } from './people.js';

const MOST_TOKENS = 200;
/** A token that ends while it is on its way proves nothing. */
const LEAST_LIFE_MS = 1_000;

interface HeldToken {
  readonly text: string;
  readonly kid: string;
  readonly endsAt: number;
}

/** Somebody who goes on getting new access tokens at one gateway, and uses them, and those of before until they end. */
export class TokenHolder {
  /** Every id of a key that has signed for them. */
  readonly kids = new Set<string>();
  /** How often they got a new token. */
  renewed = 0;
  /** How often a token was taken. */
  taken = 0;
  /** Tokens that were refused although they had not ended, and whatever else went wrong. */
  readonly refusals: string[] = [];
  private tokens: HeldToken[] = [];
  private stopped = false;
  private done: Promise<void> = Promise.resolve();

  private constructor(
    private readonly url: string,
    private readonly person: Person,
    /** How they get a new token. */
    private readonly by: 'login' | 'refresh',
    private refreshToken: string,
  ) {}

  static async start(url: string, by: 'login' | 'refresh'): Promise<TokenHolder> {
    const person = await newPerson(url);
    const holder = new TokenHolder(url, person, by, person.refreshToken);
    holder.hold(person.accessToken);
    holder.done = holder.run();
    holder.done.catch(() => undefined);
    return holder;
  }

  /** @throws what went wrong besides refusals */
  async stop(): Promise<void> {
    this.stopped = true;
    await this.done;
  }

  private async run(): Promise<void> {
    for (let turn = 0; !this.stopped; turn += 1) {
      this.hold(await this.newToken());
      this.renewed += 1;
      this.tokens = this.tokens.filter(({ endsAt }) => endsAt - Date.now() > LEAST_LIFE_MS);
      const oldest = this.tokens[0];
      const any = this.tokens[(turn * 7) % this.tokens.length];
      const youngest = this.tokens.at(-1);
      await Promise.all([oldest, any, youngest].map(async (token) => token && this.use(token)));
    }
  }

  private async newToken(): Promise<string> {
    if (this.by === 'login') return (await logIn(this.url, this.person.email)).accessToken;
    const answer = await post(
      this.url,
      `mutation ($input: RefreshSessionInput!) {
        refreshSession(input: $input) { tokens { accessToken refreshToken } userErrors { code } }
      }`,
      { variables: { input: { refreshToken: this.refreshToken } } },
    );
    const tokens = answer.data?.refreshSession?.tokens;
    if (!tokens) throw new Error(`refreshSession: ${answer.text}`);
    this.refreshToken = tokens.refreshToken;
    return tokens.accessToken as string;
  }

  private async use(token: HeldToken): Promise<void> {
    const answer = await post(this.url, '{ viewer { user { id } } }', { token: token.text });
    if (isTaken(answer, this.person.userId)) this.taken += 1;
    else if (token.endsAt > Date.now()) {
      this.refusals.push(`${token.kid}: ${answer.status} ${codesOf(answer).join()} ${answer.text}`);
    }
  }

  private hold(text: string): void {
    const [header, claims] = text.split('.').map((part) => Buffer.from(part, 'base64url').toString('utf8'));
    const { kid } = JSON.parse(header ?? '') as { kid: string };
    const { exp } = JSON.parse(claims ?? '') as { exp: number };
    this.kids.add(kid);
    this.tokens = [...this.tokens, { text, kid, endsAt: exp * 1_000 }].slice(-MOST_TOKENS);
  }
}

function isTaken({ status, data }: GraphQLResponse, userId: string): boolean {
  return status === 200 && data?.viewer?.user?.id === userId;
}
