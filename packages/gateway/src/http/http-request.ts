import { HeaderMap, type HTTPGraphQLRequest } from '@apollo/server';
import type { FastifyRequest } from 'fastify';

/** The headers that Apollo Server reads, for content negotiation and CSRF prevention. */
const HEADERS = ['content-type', 'accept', 'apollo-require-preflight', 'x-apollo-operation-name'];

/** Removes empty values that some clients send for absent fields, so that all paths through the gateway agree. */
export function removeEmpty(body: Record<string, unknown>): void {
  if (body['operationName'] === '' || body['operationName'] === null) delete body['operationName'];
  // Kept as null: Apollo Server has a different message for a body without keys.
  if (body['query'] === '') body['query'] = null;
  if (body['variables'] === null) delete body['variables'];
  if (body['extensions'] === null) delete body['extensions'];
}

/** The same for the parameters of a GET, where objects are JSON. */
const EMPTY = [
  ['query', ''],
  ['operationName', ''],
  ['variables', ''],
  ['variables', 'null'],
  ['extensions', ''],
  ['extensions', 'null'],
] as const;

/** Converts a request for Apollo Server, without empty parameters. */
export function httpGraphQLRequest({ method, url, headers, body }: FastifyRequest): HTTPGraphQLRequest {
  const relevant = new HeaderMap();
  for (const name of HEADERS) {
    const value = headers[name];
    if (value) relevant.set(name, String(value));
  }
  // Fastify omits the body of a response to HEAD.
  return { method: method === 'HEAD' ? 'GET' : method, headers: relevant, search: searchOf(url), body };
}

function searchOf(url: string): string {
  const start = url.indexOf('?');
  if (start < 0) return '';
  const search = new URLSearchParams(url.slice(start));
  for (const [name, value] of EMPTY) search.delete(name, value);
  return search.size > 0 ? `?${search.toString()}` : '';
}
