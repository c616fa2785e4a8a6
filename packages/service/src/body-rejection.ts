import { isUtf8 } from 'node:buffer';
import type { FastifyInstance } from 'fastify';
import { GraphQLError } from 'graphql';

/** Returns why a JSON body is rejected before it is parsed, with the status in `extensions.http`, or null. */
export type BodyRejection = (json: string) => GraphQLError | null;

/** Accepts JSON bodies only. Invalid UTF-8 is rejected, since decoding would replace it. */
export function readJsonBodies(fastify: FastifyInstance, bodyRejection?: BodyRejection): void {
  // As in Fastify's own parser, keys that pollute prototypes are an error.
  const parse = fastify.getDefaultJsonParser('error', 'error');
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser<Buffer>('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    const json = body.toString();
    const rejection = isUtf8(body) ? bodyRejection?.(json) : notUtf8();
    if (rejection) done(rejection);
    else void parse(request, json, done);
  });
}

function notUtf8(): GraphQLError {
  return new GraphQLError('The request body is not valid UTF-8.', {
    extensions: { code: 'BAD_REQUEST', http: { status: 400 } },
  });
}
