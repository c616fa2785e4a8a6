import { Readable } from 'node:stream';
import type { HTTPGraphQLResponse } from '@apollo/server';
import type { FastifyReply } from 'fastify';

/** Sends a response of Apollo Server. */
export function send(reply: FastifyReply, { status, headers, body }: HTTPGraphQLResponse): FastifyReply {
  void reply.code(status ?? 200);
  for (const [name, value] of headers) reply.header(name, value);
  return reply.send(body.kind === 'complete' ? body.string : Readable.from(body.asyncIterator));
}
