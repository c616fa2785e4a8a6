import type { RouteGateway } from '@kit/gateway';
import type { FastifyReply } from 'fastify';
import { html, page, PAGE_HEADERS } from './html.js';

type Result = Awaited<ReturnType<RouteGateway['execute']>>;

/** An expected error of a mutation. */
export interface UserError {
  readonly message: string;
  readonly field: readonly string[] | null;
  readonly code: string;
}

/** What a mutation returned: its payload, or why there is none. */
export type Outcome<Payload> =
  | { readonly payload: Payload & { readonly userErrors: readonly UserError[] } }
  | { readonly failure: Failure };

export interface Failure {
  readonly status: number;
  readonly retryAfterSeconds: number | undefined;
  readonly errors: Result['errors'];
}

/** The status of a response for the code of an error. */
const STATUSES: Readonly<Record<string, number>> = {
  BAD_REQUEST: 400,
  BAD_USER_INPUT: 400,
  INVALID_TOKEN: 400,
  UNAUTHENTICATED: 401,
  RATE_LIMITED: 429,
  SUBGRAPH_UNAVAILABLE: 503,
};

/** @param field the mutation, which is the only field of the operation */
export function outcomeOf<Payload>({ data, errors }: Result, field: string): Outcome<Payload> {
  const payload = data?.[field] as (Payload & { userErrors: UserError[] }) | null | undefined;
  if (payload) return { payload };
  const { code, retryAfterSeconds } = errors?.[0]?.extensions ?? {};
  return {
    failure: {
      status: STATUSES[String(code)] ?? 500,
      retryAfterSeconds: retryAfterSeconds as number | undefined,
      errors,
    },
  };
}

/** The status of a response with these errors of a mutation. */
export function statusOf([first]: readonly UserError[]): number {
  return first === undefined ? 200 : (STATUSES[first.code] ?? 400);
}

/** Sets status and headers of a failed operation. */
export function failed(reply: FastifyReply, { status, retryAfterSeconds }: Failure): FastifyReply {
  if (retryAfterSeconds !== undefined) void reply.header('retry-after', String(retryAfterSeconds));
  return reply.code(status);
}

/** Sends the page of a failed operation. */
export function sendFailure(reply: FastifyReply, failure: Failure): FastifyReply {
  const words: Readonly<Record<number, readonly [title: string, advice: string]>> = {
    400: ['Please correct your entry', 'The form has a field or a value that is not accepted.'],
    429: ['Too many attempts', 'Please wait a few minutes and try again.'],
    503: [
      'Please try again later',
      'This does not work right now. Nothing has been lost: try again in a few minutes.',
    ],
  };
  const [title, advice] = words[failure.status] ?? [
    'Something went wrong',
    `Please try again later. If it does not work then either, report this number: ${reply.request.id}`,
  ];
  return sendPage(failed(reply, failure), title, html`<p>${advice}</p>`);
}

/** Sends a page. The status is 200 unless it is set. */
export function sendPage(reply: FastifyReply, ...[title, content]: Parameters<typeof page>): FastifyReply {
  return reply.headers(PAGE_HEADERS).type('text/html; charset=utf-8').send(page(title, content));
}
