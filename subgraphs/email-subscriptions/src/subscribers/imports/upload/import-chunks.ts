import type { EntityManager } from 'typeorm';

/** Reads the chunks of an uploaded file, in order, and each one while the chunk before it is used. */
export async function* chunksOf(manager: EntityManager, importId: string): AsyncGenerator<Buffer> {
  const read = (n: number) =>
    manager.query<{ bytes: Buffer }[]>('SELECT bytes FROM import_chunks WHERE import_id = $1 AND n = $2', [
      importId,
      n,
    ]);
  let next = read(0);
  for (let n = 1; ; n += 1) {
    const [chunk] = await next;
    if (!chunk) return;
    next = read(n);
    // It is awaited when the chunk is used.
    next.catch(() => {});
    yield chunk.bytes;
  }
}

export async function deleteChunks(manager: EntityManager, importId: string): Promise<void> {
  await manager.query('DELETE FROM import_chunks WHERE import_id = $1', [importId]);
}
