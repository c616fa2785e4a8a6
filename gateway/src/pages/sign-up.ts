import type { GatewayRoute, RouteGateway } from '@kit/gateway';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { html, PAGE_HEADERS } from './html.js';
import { failed, outcomeOf, sendFailure, sendPage, statusOf, type Outcome } from './outcome.js';
import {
  allowedRedirect,
  HONEYPOT,
  pageWithForm,
  signUpOfForm,
  signUpOfJson,
  type SignUp,
} from './sign-up-fields.js';

const SUBSCRIBE = `mutation ($input: SubscribeInput!) {
  subscribe(input: $input) { accepted userErrors { message field code } }
}`;

interface Accepted {
  readonly accepted: boolean;
}

const ACCEPTED: Outcome<Accepted> = { payload: { accepted: true, userErrors: [] } };
const CONSENT = 'I want to get e-mails from this list.';

const FORM = html`<form method="post">
  <label>E-mail address <input type="email" name="email" autocomplete="email" required /></label>
  <label>Name <input name="name" autocomplete="name" /></label>
  <label class="unseen">Leave this empty <input name="${HONEYPOT}" tabindex="-1" autocomplete="off" /></label>
  <label><input type="checkbox" name="consentText" value="${CONSENT}" required /> ${CONSENT}</label>
  <button>Sign up</button>
</form>`;

/**
 * A sign-up form for pages of any site.
 * @param redirectOrigins the origins that a form may redirect to
 */
export function signUpRoutes(redirectOrigins: ReadonlySet<string>): readonly GatewayRoute[] {
  const common = { path: '/subscribe', anyOrigin: true, headers: PAGE_HEADERS };
  return [
    { ...common, method: 'GET', handle: async (_request, reply) => sendPage(reply, 'Sign up', FORM) },
    {
      ...common,
      method: 'POST',
      body: 'form',
      documents: [SUBSCRIBE],
      async handle(request, reply, gateway) {
        const { body } = request;
        if (!isForm(body)) return answerJson(body, request, reply, gateway);
        const signUp = signUpOfForm(body ?? new URLSearchParams());
        const outcome = await execute(signUp, request, gateway);
        if ('failure' in outcome) return sendFailure(reply, outcome.failure);
        const { userErrors } = outcome.payload;
        if (userErrors.length > 0) {
          const words = userErrors.map(({ message }) => html`<p>${message}</p>`);
          return sendPage(reply.code(statusOf(userErrors)), 'Please correct your entry', html`${words}`);
        }
        const redirect = allowedRedirect(signUp.redirect, redirectOrigins);
        if (redirect !== null) return reply.redirect(redirect, 303);
        const text = 'You get a mail with a link, unless you are on the list already. Open it to confirm.';
        return sendPage(reply, 'Check your mail', html`<p>${text}</p>`);
      },
    },
  ];
}

/** An absent body counts as an empty form. */
function isForm(body: unknown): body is URLSearchParams | undefined {
  return body === undefined || body instanceof URLSearchParams;
}

async function answerJson(
  body: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  gateway: RouteGateway,
): Promise<FastifyReply> {
  void reply.type('application/json');
  const outcome = await execute(signUpOfJson({ ...(body as object | null) }), request, gateway);
  if ('failure' in outcome) return failed(reply, outcome.failure).send({ errors: outcome.failure.errors });
  const { accepted, userErrors } = outcome.payload;
  return reply.code(statusOf(userErrors)).send({ accepted, userErrors });
}

/** A filled honeypot is accepted, so that a machine does not learn of it, and nothing is executed. */
async function execute(
  { input, isByMachine }: SignUp,
  request: FastifyRequest,
  gateway: RouteGateway,
): Promise<Outcome<Accepted>> {
  if (isByMachine) return ACCEPTED;
  const variables = { input: { ...input, origin: pageWithForm(request.headers) } };
  return outcomeOf(await gateway.execute(SUBSCRIBE, variables, request), 'subscribe');
}
