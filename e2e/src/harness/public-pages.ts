import { SmtpCatcher } from '@supergraph/tools/smtp-catcher';
import { eventually } from './eventually.js';
import { FaultProxy } from './fault-proxy.js';
import { post } from './http.js';
import { SUBSCRIBERS } from './product-subgraphs.js';
import { startTestSystem, type TestSystem } from './test-system.js';
import { txnToken } from './txn-token.js';

/** How many operations the gateway accepts from one address. */
export const OPERATIONS = 60;
export const ANY_SITE = 'https://news.example.org';
export const FORM = { 'content-type': 'application/x-www-form-urlencoded' };
export const MULTIPART = { 'content-type': 'multipart/form-data; boundary=x' };
/** The body of the request that mail programs send (RFC 8058), as a form and in parts. */
export const ONE_CLICK = 'List-Unsubscribe=One-Click';
export const ONE_CLICK_PART =
  '--x\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--x--\r\n';

export interface PageResponse {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** A visitor of the gateway's pages, with a mailbox, and a proxy between the gateway and the subgraph. */
export class PublicPages {
  /** The tokens of all links so far. */
  readonly tokens: string[] = [];
  private clients = 0;

  private constructor(
    readonly system: TestSystem,
    readonly smtp: SmtpCatcher,
    readonly proxy: FaultProxy,
  ) {}

  static async start(): Promise<PublicPages> {
    const smtp = await SmtpCatcher.start();
    let proxy: FaultProxy;
    const system = await startTestSystem({
      env: {
        gateway: { RATE_LIMIT_OPERATIONS: String(OPERATIONS) },
        [SUBSCRIBERS.name]: {
          SMTP_URL: smtp.url,
          PUBLIC_URL: 'https://list.example.com',
          SIGN_UP_TAGS: 'news,offers',
          SIGN_UP_ATTRIBUTES: 'city',
        },
      },
      between: {
        [SUBSCRIBERS.name]: async (origin) => {
          proxy = await FaultProxy.inFrontOf(origin);
          return proxy.origin;
        },
      },
    });
    return new PublicPages(system, smtp, proxy!);
  }

  async stop(): Promise<void> {
    await this.system.stop();
    await this.proxy.close();
    await this.smtp.close();
  }

  /** Each call comes from another address, unless it names one. */
  async send(
    method: string,
    path: string,
    { body, headers }: { readonly body?: string; readonly headers?: object } = {},
  ): Promise<PageResponse> {
    const response = await fetch(new URL(path, this.system.gatewayUrl), {
      method,
      redirect: 'manual',
      headers: { 'x-forwarded-for': `198.51.100.${(this.clients += 1)}`, ...headers },
      ...(body !== undefined && { body }),
    });
    return { status: response.status, headers: response.headers, text: await response.text() };
  }

  signUp(fields: Record<string, string> | [string, string][], headers: object = {}): Promise<PageResponse> {
    const body = new URLSearchParams(fields).toString();
    return this.send('POST', '/subscribe', { body, headers: { ...FORM, origin: ANY_SITE, ...headers } });
  }

  signUpJson(body: unknown, headers: object = {}): Promise<PageResponse> {
    return this.send('POST', '/subscribe', {
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json', origin: ANY_SITE, ...headers },
    });
  }

  /** A subscriber, from the subgraph itself, so that it does not count towards a limit. */
  async subscriber(email: string) {
    const query = `query ($email: String!) {
      subscriberByEmail(email: $email) { status name tags attributes consent { origin text ip } }
    }`;
    const secret = this.system.secrets[SUBSCRIBERS.names.secret]!;
    const headers = { 'txn-token': txnToken(secret, { scope: 'subscribers:read subscribers:pii' }) };
    const { data } = await post(this.system.subgraphUrls[SUBSCRIBERS.name]!, query, {
      headers,
      variables: { email },
    });
    return data.subscriberByEmail;
  }

  /** The first mail to an address. */
  async mailTo(email: string) {
    const [mail] = await eventually(
      () => this.smtp.to(email),
      ({ length }) => length > 0,
    );
    return mail!;
  }

  /** The paths of the links that an address got. */
  async linksTo(email: string): Promise<{ readonly confirm: string; readonly unsubscribe: string }> {
    const { text } = await this.mailTo(email);
    const pathOf = (kind: string) => {
      const link = new URL(new RegExp(`https?://\\S+/${kind}/[\\w-]+`).exec(text)![0]);
      this.tokens.push(link.pathname.split('/')[2]!);
      return link.pathname;
    };
    return { confirm: pathOf('confirm'), unsubscribe: pathOf('unsubscribe') };
  }
}
