import { openStream, blocksOf } from './http-stream.js';
import { postRaw, type Data, type GraphQLError } from './http.js';
import { liveClient } from './live-client.js';

export interface Asked {
  readonly query?: string;
  readonly operationName?: string;
  readonly variables?: Record<string, unknown>;
  readonly extensions?: Record<string, unknown>;
}

export interface Answered {
  readonly data?: Data;
  readonly errors?: GraphQLError[];
}

/** Every way in which the gateway takes an operation that is answered once, by name. */
export const askBy: Record<string, (url: string, asked: Asked, token?: string) => Promise<Answered>> = {
  async 'HTTP POST'(url, asked, token) {
    const { data, errors } = await postRaw(url, JSON.stringify(asked), bearer(token));
    return { data, ...(errors && { errors }) };
  },

  async 'HTTP GET'(url, asked, token) {
    const headers = { 'apollo-require-preflight': 'true', ...bearer(token) };
    const response = await fetch(`${url}?${parameters(asked)}`, { headers });
    return (await response.json()) as Answered;
  },

  async 'server-sent events'(url, asked, token) {
    const headers = { accept: 'text/event-stream' };
    const stream = await openStream(url, { headers, body: asked, ...(token && { token }) });
    return blocksOf(await stream.ended)[0]!.data!;
  },

  async 'server-sent events by GET'(url, asked, token) {
    const headers = { accept: 'text/event-stream' };
    const stream = await openStream(`${url}?${parameters(asked)}`, {
      method: 'GET',
      headers,
      ...(token && { token }),
    });
    return blocksOf(await stream.ended)[0]!.data!;
  },

  async multipart(url, asked, token) {
    const headers = { accept: 'multipart/mixed;subscriptionSpec="1.0", application/json', ...bearer(token) };
    return postRaw(url, JSON.stringify(asked), headers).then(({ data, errors }) => ({
      data,
      ...(errors && { errors }),
    }));
  },

  async WebSocket(url, { query = '', operationName, variables, extensions }, token) {
    const client = liveClient(url, token);
    try {
      const results = client.iterate({
        // The protocol wants a text, if only an empty one.
        query,
        ...(operationName && { operationName }),
        ...(variables && { variables }),
        ...(extensions && { extensions }),
      });
      for await (const result of results) return result as Answered;
      throw new Error('no result');
    } catch (errors) {
      // What never began is told by an `error` message.
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

function parameters({ query, operationName, variables, extensions }: Asked): string {
  return new URLSearchParams({
    ...(query && { query }),
    ...(operationName && { operationName }),
    ...(variables && { variables: JSON.stringify(variables) }),
    ...(extensions && { extensions: JSON.stringify(extensions) }),
  }).toString();
}
