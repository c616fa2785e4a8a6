import { createHash } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { newId } from '@kit/database';
import { CONFIG } from '@kit/service';
import { DataSource } from 'typeorm';
import type { Config } from '../../../config.js';
import { ImportWorker } from '../import-worker.js';
import { type DetectedEncoding, EncodingDetector } from '../reading/encoding-detector.js';
import { deleteChunks } from './import-chunks.js';
import { fileTooLarge, uploadGoesOn, unknownUpload } from './upload-rejections.js';

const CHUNK = 256 * 1024;

/** An upload of a process that was killed gives way to a new one after this time. */
const STALE_SECONDS = 15;
const TOUCH_MS = 4_000;

/** A file as it arrives. */
export interface UploadedFile {
  readonly bytes: AsyncIterable<Buffer>;
  /** Null when the client did not announce it. */
  readonly length: number | null;
}

interface Upload {
  readonly id: string;
  readonly importId: string;
}

/** Stores uploaded files in chunks, and starts their imports. */
@Injectable()
export class ImportUpload {
  private readonly most: number;

  constructor(
    private readonly dataSource: DataSource,
    private readonly worker: ImportWorker,
    @Inject(CONFIG) { IMPORT_MAX_BYTES }: Pick<Config, 'IMPORT_MAX_BYTES'>,
  ) {
    this.most = IMPORT_MAX_BYTES;
  }

  /**
   * Stores a file. If that fails, the token stays valid and nothing is kept.
   * @throws GraphQLError with a status if the token is not valid, another upload goes on, or the file is too large
   */
  async store(token: string, file: UploadedFile): Promise<void> {
    const upload = await this.begin(token, file.length);
    const touch = setInterval(() => void this.touch(upload).catch(() => {}), TOUCH_MS);
    try {
      if ((file.length ?? 0) > this.most) throw fileTooLarge(this.most);
      const detector = new EncodingDetector();
      let [n, size] = [0, 0];
      for await (const chunk of inChunks(file.bytes)) {
        size += chunk.length;
        if (size > this.most) throw fileTooLarge(this.most);
        detector.push(chunk);
        await this.insert(upload, n, chunk);
        n += 1;
      }
      await this.complete(upload, size, detector.end());
    } catch (error) {
      await this.abort(upload).catch(() => {});
      throw error;
    } finally {
      clearInterval(touch);
    }
    this.worker.wake();
  }

  private begin(token: string, length: number | null): Promise<Upload> {
    const tokenHash = createHash('sha256').update(token).digest();
    return this.dataSource.transaction(async (manager) => {
      const [found] = await manager.query<{ id: string; goesOn: boolean }[]>(
        `SELECT id, upload_id IS NOT NULL AND upload_seen_at > now() - $2 * interval '1 second' AS "goesOn"
           FROM subscriber_imports
          WHERE token_hash = $1 AND token_expires_at > now() AND status = 'WAITING_FOR_FILE'
            FOR UPDATE`,
        [tokenHash, STALE_SECONDS],
      );
      if (!found) throw unknownUpload();
      if (found.goesOn) throw uploadGoesOn();
      const upload = { id: newId(), importId: found.id };
      await manager.query(
        'UPDATE subscriber_imports SET upload_id = $2, upload_seen_at = now(), bytes_total = $3 WHERE id = $1',
        [upload.importId, upload.id, length],
      );
      await deleteChunks(manager, upload.importId);
      return upload;
    });
  }

  /** In one statement with the check, so that a cancelled import gets no more chunks. */
  private async insert({ id, importId }: Upload, n: number, bytes: Buffer): Promise<void> {
    const [{ inserted }] = await this.dataSource.query<[{ inserted: number }]>(
      `WITH upload AS (
         UPDATE subscriber_imports SET upload_seen_at = now()
          WHERE id = $1 AND upload_id = $2 AND status = 'WAITING_FOR_FILE' RETURNING id
       ), chunk AS (
         INSERT INTO import_chunks (import_id, n, bytes) SELECT id, $3, $4 FROM upload RETURNING n
       ) SELECT count(*)::int AS inserted FROM chunk`,
      [importId, id, n, bytes],
    );
    if (inserted === 0) throw unknownUpload();
  }

  private async touch({ id, importId }: Upload): Promise<void> {
    await this.dataSource.query(
      'UPDATE subscriber_imports SET upload_seen_at = now() WHERE id = $1 AND upload_id = $2',
      [importId, id],
    );
  }

  private async complete(
    { id, importId }: Upload,
    size: number,
    { encoding, fault }: DetectedEncoding,
  ): Promise<void> {
    const [, updated] = await this.dataSource.query<[unknown, number]>(
      `UPDATE subscriber_imports SET status = $3, problem = $4, encoding = $5, bytes_total = $6,
         started_at = now(), finished_at = CASE WHEN $4::text IS NOT NULL THEN now() END, token_hash = NULL, upload_id = NULL
        WHERE id = $1 AND upload_id = $2 AND status = 'WAITING_FOR_FILE'`,
      [importId, id, fault === null ? 'RUNNING' : 'FAILED', fault, encoding, size],
    );
    if (updated === 0) throw unknownUpload();
    if (fault !== null) await deleteChunks(this.dataSource.manager, importId);
  }

  private async abort({ id, importId }: Upload): Promise<void> {
    await this.dataSource.transaction(async (manager) => {
      const [, updated] = await manager.query<[unknown, number]>(
        'UPDATE subscriber_imports SET upload_id = NULL, bytes_total = NULL WHERE id = $1 AND upload_id = $2',
        [importId, id],
      );
      if (updated > 0) await deleteChunks(manager, importId);
    });
  }
}

/** Joins what arrives to chunks of equal size. */
async function* inChunks(bytes: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let parts: Buffer[] = [];
  let size = 0;
  for await (const part of bytes) {
    parts.push(part);
    size += part.length;
    if (size < CHUNK) continue;
    const joined = Buffer.concat(parts);
    let from = 0;
    for (; from + CHUNK <= joined.length; from += CHUNK) yield joined.subarray(from, from + CHUNK);
    parts = [joined.subarray(from)];
    size = joined.length - from;
  }
  if (size > 0) yield Buffer.concat(parts);
}
