import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { StartUpError } from '@kit/service';
import { parse } from 'graphql';
import { z } from 'zod';

/** An operation in a manifest. */
export interface PersistedOperation {
  /** SHA-256 of the body, in hexadecimal. */
  readonly id: string;
  /** The document. */
  readonly body: string;
}

/** A document as an operation of a manifest. */
export function persisted(body: string): PersistedOperation {
  return { id: createHash('sha256').update(body).digest('hex'), body };
}

const NO_ID = 'is not the SHA-256 of the body in hexadecimal (do not set createOperationId in the generator)';

const operation = z
  .object({
    id: z.string(),
    name: z.string(),
    type: z.enum(['query', 'mutation', 'subscription'], 'is not query, mutation or subscription'),
    body: z.string().refine(isDocument, 'is not a GraphQL document'),
  })
  .refine(({ id, body }) => id === persisted(body).id, {
    path: ['id'],
    message: NO_ID,
  });

const manifest = z.object({
  format: z.literal('apollo-persisted-query-manifest', 'is not "apollo-persisted-query-manifest"'),
  version: z.literal(1, 'is not 1'),
  operations: z.array(operation),
});

/**
 * Reads a manifest from `@apollo/generate-persisted-query-manifest`.
 * @throws StartUpError that lists every fault
 */
export function readManifest(path: string): readonly PersistedOperation[] {
  const { data, error } = manifest.safeParse(readJson(path));
  if (data) return data.operations;
  const faults = error.issues.map((issue) => `${issue.path.join('.') || 'it'} ${issue.message}`);
  throw unusable(path, ['is not usable:', ...faults].join('\n  - '));
}

function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw unusable(path, `cannot be read: ${(error as Error).message}`);
  }
}

function unusable(path: string, why: string): StartUpError {
  return new StartUpError(
    `the manifest of persisted operations ${path} (PERSISTED_OPERATIONS_MANIFEST) ${why}`,
  );
}

function isDocument(text: string): boolean {
  try {
    parse(text, { noLocation: true });
    return true;
  } catch {
    return false;
  }
}
