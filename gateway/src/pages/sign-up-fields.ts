/** The input of the mutation `subscribe`. GraphQL checks the types, and the subgraph the values. */
export interface SubscribeInput {
  readonly email: unknown;
  readonly name?: unknown;
  readonly tags?: unknown;
  readonly attributes?: unknown;
  readonly consentText?: unknown;
}

export interface SignUp {
  readonly input: SubscribeInput;
  /** The address to go to afterwards. */
  readonly redirect: unknown;
  /** Whether the field is filled that people do not see. */
  readonly isByMachine: boolean;
}

/** The field that people do not see, so that only machines fill it in. */
export const HONEYPOT = 'website';
const ATTRIBUTE = 'attribute.';

/** The fields of a form. `tags` may be repeated, and have several tags separated by commas. */
export function signUpOfForm(fields: URLSearchParams): SignUp {
  const one = (name: string) => fields.get(name) ?? undefined;
  const attributes = [...fields].filter(([name, value]) => name.startsWith(ATTRIBUTE) && value !== '');
  return {
    input: {
      email: one('email') ?? '',
      name: one('name'),
      tags: fields
        .getAll('tags')
        .flatMap((tags) => tags.split(','))
        .map((tag) => tag.trim())
        .filter((tag) => tag !== ''),
      attributes: Object.fromEntries(
        attributes.map(([name, value]) => [name.slice(ATTRIBUTE.length), value]),
      ),
      consentText: one('consentText'),
    },
    redirect: one('redirect'),
    isByMachine: Boolean(one(HONEYPOT)),
  };
}

/** The same fields as JSON. */
export function signUpOfJson(body: Readonly<Record<string, unknown>>): SignUp {
  const { email = '', name, tags, attributes, consentText, redirect } = body;
  return {
    input: { email, name, tags, attributes, consentText },
    redirect,
    isByMachine: Boolean(body[HONEYPOT]),
  };
}

/** The longest origin that the subgraph accepts. */
const LONGEST_ORIGIN = 2_048;

/**
 * The page with the form, as far as the browser tells, without a query string, which may be about the person.
 * @returns undefined without a usable header
 */
export function pageWithForm(headers: {
  readonly referer?: string | undefined;
  readonly origin?: string | undefined;
}): string | undefined {
  for (const header of [headers.referer, headers.origin]) {
    const url = header !== undefined && URL.canParse(header) ? new URL(header) : null;
    if (!url || !/^https?:$/.test(url.protocol)) continue;
    const address = url.pathname === '/' ? url.origin : url.origin + url.pathname;
    return address.length > LONGEST_ORIGIN ? url.origin.slice(0, LONGEST_ORIGIN) : address;
  }
  return undefined;
}

/** The address to go to after a sign-up; null unless its origin is listed. */
export function allowedRedirect(redirect: unknown, origins: ReadonlySet<string>): string | null {
  if (typeof redirect !== 'string' || !URL.canParse(redirect)) return null;
  const url = new URL(redirect);
  // The origin of `blob:https://…` is that of the address in it.
  const isWeb = url.protocol === 'https:' || url.protocol === 'http:';
  return isWeb && origins.has(url.origin) && url.username === '' && url.password === '' ? url.href : null;
}
