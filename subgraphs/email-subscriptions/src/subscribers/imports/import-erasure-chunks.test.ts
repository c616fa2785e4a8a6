import { describe, expect, test } from '@jest/globals';
import { addSubscriber } from '../../testing/additions.js';
import { caller } from '../../testing/callers.js';
import { createImport } from '../../testing/imports.js';
import { withService } from '../../testing/with-service.js';

const ERASER = caller('0199d0a0-0000-7000-8000-00000000000d', ['subscribers:erase', 'subscribers:read']);
const ANN = 'ann@b.example';
const REST = 'x,'.repeat(50);

describe('an erasure while a file is in chunks', () => {
  const running = withService();
  const stored = async (id: string) => {
    const rows = await running.service.database.query<{ bytes: Buffer }[]>(
      'SELECT bytes FROM import_chunks WHERE import_id = $1 ORDER BY n',
      [id],
    );
    return rows.map(({ bytes }) => bytes.toString());
  };

  test('overwrites the address and no other, wherever a chunk ends', async () => {
    const text = `${REST}${ANN},jo${ANN},${ANN}.au,${ANN}\n${REST}`;
    const expected = text.replaceAll(/(?<=,|^)ann@b\.example(?=,|\n)/g, '\u001a'.repeat(ANN.length));
    const { database } = running.service;
    const imports = new Map<string, number[]>();
    for (let cut = REST.length - 2; cut < text.length - REST.length + 2; cut += 1) {
      const { subscriberImport } = await createImport(running.service);
      const ends = [cut, Math.min(cut + 90, text.length)];
      imports.set(subscriberImport!.id, ends);
      const chunks = [text.slice(0, cut), text.slice(cut, ends[1]), text.slice(ends[1])];
      await database.query(
        `INSERT INTO import_chunks (import_id, n, bytes)
         SELECT $1, place - 1, convert_to(chunk, 'UTF8') FROM unnest($2::text[]) WITH ORDINALITY AS c (chunk, place)`,
        [subscriberImport!.id, chunks],
      );
    }
    const { subscriber } = await addSubscriber(running.service, { email: ANN });
    const { errors } = await running.service.request(
      'mutation ($id: ID!) { eraseSubscriber(input: { id: $id }) { userErrors { code } } }',
      { variables: { id: subscriber!.id }, as: ERASER },
    );
    expect(errors).toBeUndefined();
    expect(imports.size).toBeGreaterThan(50);
    for (const [id, [first, second]] of imports) {
      expect(await stored(id)).toEqual([
        expected.slice(0, first),
        expected.slice(first, second),
        expected.slice(second),
      ]);
    }
  });
});
