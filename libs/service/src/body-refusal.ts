import type { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import type { GraphQLError } from 'graphql';

/** Why a JSON body is not parsed, an error with the status in `extensions.http`; null when it may be. */
export type BodyRefusal = (json: string) => GraphQLError | null;

/** Has JSON bodies looked at before they are parsed, for what cannot be told by their size. */
export function refuseBodies(adapter: FastifyAdapter, bodyLimit: number, bodyRefusal: BodyRefusal): void {
  // As Fastify parses JSON itself: keys that pollute prototypes are an error.
  const parse = adapter.getInstance<FastifyInstance>().getDefaultJsonParser('error', 'error');
  adapter.useBodyParser('application/json', false, { bodyLimit }, (request, body, done) => {
    const json = body.toString();
    const refusal = bodyRefusal(json);
    if (refusal) done(refusal);
    else void parse(request, json, done);
  });
}
