import type { GatewayRoute } from '@kit/gateway';
import { html, PAGE_HEADERS } from './html.js';
import { outcomeOf, sendFailure, sendPage, statusOf } from './outcome.js';

/** A link in a mail: a page with a button, which executes a mutation with the token of the link. */
interface TokenPage {
  readonly path: string;
  readonly mutation: 'confirmSubscription' | 'unsubscribe';
  readonly title: string;
  readonly question: string;
  readonly button: string;
  readonly done: readonly [title: string, text: string];
  /** What to do about a token that is not valid. */
  readonly advice: string;
}

const CONFIRM: TokenPage = {
  path: '/confirm/:token',
  mutation: 'confirmSubscription',
  title: 'Confirm your subscription',
  question: 'Press the button to confirm that you want to get e-mails from this list.',
  button: 'Confirm',
  done: ['You are subscribed', 'Your subscription is confirmed. You can close this page.'],
  advice: 'The link has expired, has been used already, or is not complete. Sign up again to get a new one.',
};

const UNSUBSCRIBE: TokenPage = {
  path: '/unsubscribe/:token',
  mutation: 'unsubscribe',
  title: 'Unsubscribe',
  question: 'Press the button, and you get no more e-mails from this list.',
  button: 'Unsubscribe',
  done: ['You are unsubscribed', 'You get no more e-mails from this list. You can close this page.'],
  advice: 'The link is not complete. Open it in the mail again, or copy all of it.',
};

/** Pages of the links in mails. Mail scanners follow links, so only POST changes anything. */
export const tokenPages: readonly GatewayRoute[] = [CONFIRM, UNSUBSCRIBE].flatMap(routesOf);

function routesOf({ path, mutation, title, question, button, done, advice }: TokenPage): GatewayRoute[] {
  const document = `mutation ($token: String!) {
    ${mutation}(input: { token: $token }) { userErrors { message field code } }
  }`;
  const common = { path, anyOrigin: true, headers: PAGE_HEADERS };
  return [
    {
      ...common,
      method: 'GET',
      handle: async (_request, reply) =>
        sendPage(
          reply,
          title,
          html`<p>${question}</p>
            <form method="post"><button>${button}</button></form>`,
        ),
    },
    {
      ...common,
      method: 'POST',
      // Of the button, and of mail programs, by one click (RFC 8058). Its content does not matter.
      body: 'form',
      documents: [document],
      async handle(request, reply, gateway) {
        const { token } = request.params as { token: string };
        const outcome = outcomeOf(await gateway.execute(document, { token }, request), mutation);
        if ('failure' in outcome) return sendFailure(reply, outcome.failure);
        const { userErrors } = outcome.payload;
        void reply.code(statusOf(userErrors));
        if (userErrors.length === 0) return sendPage(reply, done[0], html`<p>${done[1]}</p>`);
        return sendPage(reply, 'This link does not work', html`<p>${advice}</p>`);
      },
    },
  ];
}
