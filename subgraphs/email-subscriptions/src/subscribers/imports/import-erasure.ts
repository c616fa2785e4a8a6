import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Erasers, type ForgottenAddress } from '../erasure/erasers.js';
import { ERASED_BYTE } from './reading/erased-cell.js';

/** Bytes to look for, in lower case, and what replaces each of their code units. */
interface Needle {
  readonly bytes: string;
  readonly filler: Buffer;
}

/**
 * Removes an address from rejected rows, and from the files of imports that have not ended. Such an import reads its file
 * again, where the address is overwritten, and counts the row as suppressed.
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
      if (!(await this.overwrite(manager, id, needles))) continue;
      // The worker loses its claim, and with it the rows that it has in memory.
      await manager.query(
        `UPDATE subscriber_imports SET attempt = attempt + 1, leased_until = NULL, stage = NULL, last_line = NULL
          WHERE id = $1`,
        [id],
      );
    }
  }

  /** @returns whether the file had the address */
  private async overwrite(
    manager: EntityManager,
    importId: string,
    needles: readonly Needle[],
  ): Promise<boolean> {
    const overlap = Math.max(...needles.map(({ bytes }) => bytes.length));
    let found = false;
    let before: Buffer = Buffer.alloc(0);
    for (let n = 0; ; n += 1) {
      const [row] = await manager.query<{ bytes: Buffer }[]>(
        'SELECT bytes FROM import_chunks WHERE import_id = $1 AND n = $2',
        [importId, n],
      );
      if (!row) return found;
      // An address may begin in the chunk before.
      const end = before.subarray(-overlap);
      const joined = Buffer.concat([end, row.bytes]);
      const first = fill(joined, needles);
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
  }
}

async function store(manager: EntityManager, importId: string, n: number, bytes: Buffer): Promise<void> {
  await manager.query('UPDATE import_chunks SET bytes = $3 WHERE import_id = $1 AND n = $2', [
    importId,
    n,
    bytes,
  ]);
}

/** Overwrites all needles. @returns the position of the first one; null without one */
function fill(bytes: Buffer, needles: readonly Needle[]): number | null {
  let first: number | null = null;
  const text = bytes.toString('latin1').toLowerCase();
  for (const needle of needles) {
    for (let at = text.indexOf(needle.bytes); at >= 0; at = text.indexOf(needle.bytes, at + 1)) {
      bytes.fill(needle.filler, at, at + needle.bytes.length);
      first = Math.min(first ?? at, at);
    }
  }
  return first;
}

/** The bytes of a text in the encodings of files. */
function needlesOf(text: string): Needle[] {
  const utf16 = Buffer.from(text, 'utf16le');
  const needle = (bytes: Buffer, filler: number[]) => ({
    bytes: bytes.toString('latin1').toLowerCase(),
    filler: Buffer.from(filler),
  });
  return [
    needle(Buffer.from(text), [ERASED_BYTE]),
    needle(Buffer.from(text, 'latin1'), [ERASED_BYTE]),
    needle(utf16, [ERASED_BYTE, 0]),
    needle(Buffer.from(utf16).swap16(), [0, ERASED_BYTE]),
  ];
}
