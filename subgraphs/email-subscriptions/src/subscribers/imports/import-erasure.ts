import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Erasers, type ForgottenAddress } from '../erasure/erasers.js';
import { type AddressNeedle, CONTEXT, needlesOf, overwriteAddress } from './address-needle.js';
import { forgetAddress } from './writing/file-addresses.js';

/**
 * Removes an address from rejected rows, and from the files of imports that have not ended. Such an import reads its
 * file again, where the address is overwritten, and counts the row as suppressed.
 */
@Injectable()
export class ImportErasure {
  constructor(erasers: Erasers) {
    erasers.add((manager, address) => this.erase(manager, address));
  }

  private async erase(manager: EntityManager, { email, emailNormalized }: ForgottenAddress): Promise<void> {
    const spellings = [
      ...new Set([email ?? emailNormalized, emailNormalized].map((each) => each.toLowerCase())),
    ];
    await manager.query(
      `DELETE FROM import_rejected_rows WHERE EXISTS (
         SELECT FROM unnest($1::text[]) AS spelling WHERE strpos(lower(value), spelling) > 0)`,
      [spellings],
    );
    // Waits for a batch that is being written.
    const unfinished = await manager.query<{ id: string }[]>(
      `SELECT id FROM subscriber_imports WHERE status IN ('WAITING_FOR_FILE', 'RUNNING') ORDER BY id FOR UPDATE`,
    );
    const needles = spellings.flatMap(needlesOf);
    for (const { id } of unfinished) {
      await forgetAddress(manager, id, emailNormalized);
      if (!(await this.overwrite(manager, id, needles))) continue;
      // The worker loses its claim, and with it the rows that it has in memory.
      await manager.query(
        `UPDATE subscriber_imports SET attempt = attempt + 1, leased_until = NULL WHERE id = $1`,
        [id],
      );
    }
  }

  /** @returns whether the file had the address */
  private async overwrite(
    manager: EntityManager,
    importId: string,
    needles: readonly AddressNeedle[],
  ): Promise<boolean> {
    const overlap = Math.max(...needles.map(({ length }) => length)) + 2 * CONTEXT;
    let found = false;
    let before: Buffer = Buffer.alloc(0);
    const [{ last }] = await manager.query<[{ last: number | null }]>(
      'SELECT max(n) AS last FROM import_chunks WHERE import_id = $1',
      [importId],
    );
    for (let n = 0; n <= (last ?? -1); n += 1) {
      const [row] = await manager.query<[{ bytes: Buffer }]>(
        'SELECT bytes FROM import_chunks WHERE import_id = $1 AND n = $2',
        [importId, n],
      );
      // An address may begin in the chunk before.
      const end = before.subarray(-overlap);
      const joined = Buffer.concat([end, row.bytes]);
      // The next chunk decides about an address at the end of this one, and the last one has decided about the start.
      const until = n === last ? joined.length : joined.length - CONTEXT;
      const from = end.length < before.length ? CONTEXT : 0;
      const first = overwriteAddress(joined, needles, { from, until });
      if (first !== null) {
        found = true;
        if (first < end.length) {
          const changed = Buffer.concat([
            before.subarray(0, before.length - end.length),
            joined.subarray(0, end.length),
          ]);
          await store(manager, importId, n - 1, changed);
        }
        row.bytes = Buffer.from(joined.subarray(end.length));
        await store(manager, importId, n, row.bytes);
      }
      before = row.bytes;
    }
    return found;
  }
}

async function store(manager: EntityManager, importId: string, n: number, bytes: Buffer): Promise<void> {
  await manager.query('UPDATE import_chunks SET bytes = $3 WHERE import_id = $1 AND n = $2', [
    importId,
    n,
    bytes,
  ]);
}
