import { isUtf8 } from 'node:buffer';
import { Busboy, type BusboyHeaders } from '@fastify/busboy';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { GraphQLError } from 'graphql';

/** The largest form or JSON body, in bytes. */
export const FORM_LIMIT = 64 * 1024;
const MAX_FIELDS = 100;

const TYPES = ['application/x-www-form-urlencoded', 'multipart/form-data'];

/** Makes the routes of a scope read forms, as `URLSearchParams`, beside the types that they read already. */
export function readForms(scope: FastifyInstance): void {
  scope.addContentTypeParser(
    TYPES,
    { parseAs: 'buffer' },
    async ({ headers }: FastifyRequest, body: Buffer) => fieldsOf(headers['content-type'] ?? '', body),
  );
  scope.addContentTypeParser('*', (_request, _body, done) =>
    done(rejection(415, 'Send the request as a form or as application/json.')),
  );
}

/** @throws GraphQLError with an HTTP status when the form is malformed, too large, or has files */
async function fieldsOf(type: string, body: Buffer): Promise<URLSearchParams> {
  if (!isUtf8(body)) throw rejection(400, 'The form is not valid UTF-8.');
  const fields = new URLSearchParams();
  await new Promise<void>((resolve, reject) => {
    const fail = (message: string) => reject(rejection(400, message));
    const malformed = () => fail('The form is malformed.');
    try {
      const headers: BusboyHeaders = { 'content-type': type };
      // One more field than allowed, to notice it.
      const limits = { files: 0, fields: MAX_FIELDS + 1, fieldSize: FORM_LIMIT, headerPairs: 20 };
      new Busboy({ headers, limits })
        .on('field', (name, value, nameTruncated) => {
          if (nameTruncated) malformed();
          fields.append(name, value);
          if (fields.size > MAX_FIELDS)
            fail(`The form has too many fields; at most ${MAX_FIELDS} are allowed.`);
        })
        .once('filesLimit', () => fail('The form must not have files.'))
        .once('error', malformed)
        .once('finish', resolve)
        .end(body);
    } catch {
      // A multipart form without a boundary.
      malformed();
    }
  });
  return fields;
}

function rejection(status: number, message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code: 'BAD_REQUEST', http: { status } } });
}
