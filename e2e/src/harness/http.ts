export interface GraphQLError {
  message: string;
  path?: (string | number)[];
  extensions: { code: string; requestId?: string };
}

// Tests read the data that their operations select.
// oxlint-disable-next-line typescript/no-explicit-any
export type Data = any;

export interface GraphQLResponse {
  status: number;
  headers: Headers;
  data: Data;
  errors: GraphQLError[] | undefined;
  /** The body. */
  text: string;
}

/** Posts any body with any headers. */
export async function postRaw(
  url: string,
  body: string,
  headers: Record<string, string> = {},
): Promise<GraphQLResponse> {
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
): Promise<GraphQLResponse> {
  return postRaw(url, JSON.stringify({ query, variables }), {
    ...(token && { authorization: `Bearer ${token}` }),
    ...headers,
  });
}

/** The codes of the errors in a response. */
export function codesOf({ errors }: GraphQLResponse): string[] {
  return (errors ?? []).map(({ extensions }) => extensions.code);
}

function parse(text: string): { data?: Data; errors?: GraphQLError[] } {
  try {
    return JSON.parse(text) as { data?: Data; errors?: GraphQLError[] };
  } catch {
    return {};
  }
}
