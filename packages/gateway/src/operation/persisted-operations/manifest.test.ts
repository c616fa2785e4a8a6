import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { StartUpError } from '@kit/service';
import { readManifest } from './manifest.js';

const folder = mkdtempSync(path.join(tmpdir(), 'manifest-'));
const file = path.join(folder, 'manifest.json');
afterAll(() => rmSync(folder, { recursive: true }));

const body = 'query Me { viewer { email } }';
const operation = { id: createHash('sha256').update(body).digest('hex'), name: 'Me', type: 'query', body };
const manifest = { format: 'apollo-persisted-query-manifest', version: 1, operations: [operation] };

function read(content: unknown) {
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
  return readManifest(file);
}

describe('a manifest of persisted operations', () => {
  test('is read in the format of the generator', () => {
    expect(read(manifest)).toEqual([operation]);
  });

  test.each<[string, unknown, RegExp]>([
    ['invalid JSON', '{', /cannot be read/],
    ['another format', { ...manifest, format: 'x' }, /format is not "apollo-persisted-query-manifest"/],
    ['another version', { ...manifest, version: 2 }, /version is not 1/],
    ['null', null, /it Invalid input/],
    [
      'an id that is not the hash',
      { ...manifest, operations: [{ ...operation, id: 'me' }] },
      /operations\.0\.id is not the SHA-256/,
    ],
    [
      'a body that is not a document',
      { ...manifest, operations: [{ ...operation, body: '{' }] },
      /operations\.0\.body is not a GraphQL document/,
    ],
    [
      'an unknown type',
      { ...manifest, operations: [{ ...operation, type: 'x' }] },
      /operations\.0\.type is not query/,
    ],
  ])('with %s is rejected with a StartUpError that names the fault', (_, content, why) => {
    expect(() => read(content)).toThrow(StartUpError);
    expect(() => read(content)).toThrow(why);
    expect(() => read(content)).toThrow('(PERSISTED_OPERATIONS_MANIFEST)');
  });
});
