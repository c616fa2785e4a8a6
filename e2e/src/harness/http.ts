export interface GraphQLError {
  message: string;
  path?: (string | number)[];
  extensions: { code: string; requestId?: string };
}

// A test looks into the data that its own operation selects; the schema is what it tests.
// oxlint-disable-next-line typescript/no-explicit-any
export type Data = any;

export interface Answer {
  status: number;
  headers: Headers;
  data: Data;
  errors: GraphQLError[] | undefined;
  /** The body as it came. */
  text: string;
}

/** Posts whatever body and headers, as any HTTP client could. */
export async function postRaw(
  url: string,
  body: string,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body,
  });
  const text = await response.text();
  const { data, errors } = parse(text);
  return { status: response.status, headers: response.headers, data, errors, text };
}

/** Posts a GraphQL operation. */
export async function post(
  url: string,
  query: string,
  {
    variables,
    token,
    headers,
  }: { variables?: object; token?: string; headers?: Record<string, string> } = {},
): Promise<Answer> {
  return postRaw(url, JSON.stringify({ query, variables }), {
    ...(token && { authorization: `Bearer ${token}` }),
    ...headers,
  });
}

/** What the codes of an answer's errors are. */
export function codesOf({ errors }: Answer): string[] {
  return (errors ?? []).map(({ extensions }) => extensions.code);
}

function parse(text: string): { data?: Data; errors?: GraphQLError[] } {
  try {
    return JSON.parse(text) as { data?: Data; errors?: GraphQLError[] };
  } catch {
    return {};
  }
}
