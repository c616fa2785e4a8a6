import { openStream, blocksOf } from './http-stream.js';
import { postRaw, type Data, type GraphQLError } from './http.js';
import { liveClient } from './live-client.js';

export interface OperationRequest {
  readonly query?: string;
  readonly operationName?: string;
  readonly variables?: Record<string, unknown>;
  readonly extensions?: Record<string, unknown>;
}

export interface OperationResult {
  readonly data?: Data;
  readonly errors?: GraphQLError[];
}

/** Runs an operation with a single result over each transport of the gateway. */
export const runOver: Record<
  string,
  (url: string, request: OperationRequest, token?: string) => Promise<OperationResult>
> = {
  async 'HTTP POST'(url, request, token) {
    const { data, errors } = await postRaw(url, JSON.stringify(request), bearer(token));
    return { data, ...(errors && { errors }) };
  },

  async 'HTTP GET'(url, request, token) {
    const headers = { 'apollo-require-preflight': 'true', ...bearer(token) };
    const response = await fetch(`${url}?${parameters(request)}`, { headers });
    return (await response.json()) as OperationResult;
  },

  async 'server-sent events'(url, request, token) {
    const headers = { accept: 'text/event-stream' };
    const stream = await openStream(url, { headers, body: request, ...(token && { token }) });
    return blocksOf(await stream.ended)[0]!.data!;
  },

  async 'server-sent events by GET'(url, request, token) {
    const headers = { accept: 'text/event-stream' };
    const stream = await openStream(`${url}?${parameters(request)}`, {
      method: 'GET',
      headers,
      ...(token && { token }),
    });
    return blocksOf(await stream.ended)[0]!.data!;
  },

  async multipart(url, request, token) {
    const headers = { accept: 'multipart/mixed;subscriptionSpec="1.0", application/json', ...bearer(token) };
    return postRaw(url, JSON.stringify(request), headers).then(({ data, errors }) => ({
      data,
      ...(errors && { errors }),
    }));
  },

  async WebSocket(url, { query = '', operationName, variables, extensions }, token) {
    const client = liveClient(url, token);
    try {
      const results = client.iterate({
        // The protocol requires a string.
        query,
        ...(operationName && { operationName }),
        ...(variables && { variables }),
        ...(extensions && { extensions }),
      });
      for await (const result of results) return result as OperationResult;
      throw new Error('no result');
    } catch (errors) {
      // An `error` message rejects the iteration with its errors.
      if (!Array.isArray(errors)) throw errors;
      return { errors: errors as GraphQLError[] };
    } finally {
      await client.dispose();
    }
  },
};

function bearer(token: string | undefined): Record<string, string> {
  return token ? { authorization: `Bearer ${token}` } : {};
}

function parameters({ query, operationName, variables, extensions }: OperationRequest): string {
  return new URLSearchParams({
    ...(query && { query }),
    ...(operationName && { operationName }),
    ...(variables && { variables: JSON.stringify(variables) }),
    ...(extensions && { extensions: JSON.stringify(extensions) }),
  }).toString();
}
