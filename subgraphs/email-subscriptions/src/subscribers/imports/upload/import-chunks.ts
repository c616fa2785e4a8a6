import type { EntityManager } from 'typeorm';

/** How many chunks one statement reads. */
const PAGE = 4;

/** Reads the chunks of an uploaded file, in order. */
export async function* chunksOf(manager: EntityManager, importId: string): AsyncGenerator<Buffer> {
  for (let next = 0; ;) {
    const rows = await manager.query<{ n: number; bytes: Buffer }[]>(
      'SELECT n, bytes FROM import_chunks WHERE import_id = $1 AND n >= $2 ORDER BY n LIMIT $3',
      [importId, next, PAGE],
    );
    for (const { bytes } of rows) yield bytes;
    if (rows.length < PAGE) return;
    next = rows.at(-1)!.n + 1;
  }
}

export async function deleteChunks(manager: EntityManager, importId: string): Promise<void> {
  await manager.query('DELETE FROM import_chunks WHERE import_id = $1', [importId]);
}
