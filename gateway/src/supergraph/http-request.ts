import { HeaderMap, type HTTPGraphQLRequest } from '@apollo/server';
import type { FastifyRequest } from 'fastify';

/** The headers that Apollo Server looks at: content negotiation, and what it prevents CSRF with. */
const HEADERS = ['content-type', 'accept', 'apollo-require-preflight', 'x-apollo-operation-name'];

/**
 * Removes from a JSON body what some clients send in place of leaving it out, so that no way through the gateway can
 * treat it differently.
 */
export function removeAbsent(body: Record<string, unknown>): void {
  if (body['operationName'] === '' || body['operationName'] === null) delete body['operationName'];
  // Not removed, since Apollo Server has another message for a body without keys.
  if (body['query'] === '') body['query'] = null;
  if (body['variables'] === null) delete body['variables'];
  if (body['extensions'] === null) delete body['extensions'];
}

/** The same of a GET's parameters, where an object is JSON. */
const ABSENT = [
  ['query', ''],
  ['operationName', ''],
  ['variables', ''],
  ['variables', 'null'],
  ['extensions', ''],
  ['extensions', 'null'],
] as const;

/** The request as Apollo Server takes it, without what is the same as absent. */
export function httpGraphQLRequest({ method, url, headers, body }: FastifyRequest): HTTPGraphQLRequest {
  const relevant = new HeaderMap();
  for (const name of HEADERS) {
    const value = headers[name];
    if (value) relevant.set(name, String(value));
  }
  // Fastify leaves out the body of a response to HEAD.
  return { method: method === 'HEAD' ? 'GET' : method, headers: relevant, search: searchOf(url), body };
}

function searchOf(url: string): string {
  const start = url.indexOf('?');
  if (start < 0) return '';
  const search = new URLSearchParams(url.slice(start));
  for (const [name, value] of ABSENT) search.delete(name, value);
  return search.size > 0 ? `?${search.toString()}` : '';
}
