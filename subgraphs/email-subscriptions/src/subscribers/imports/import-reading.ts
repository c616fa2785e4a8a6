import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { mapColumns } from './reading/column-mapping.js';
import { CsvRows, type CsvRow } from './reading/csv-rows.js';
import { isDelimiterLine } from './reading/delimiter.js';
import { ImportProblem } from './reading/import-problem.js';
import { type Rejection, RowParser } from './reading/row-parser.js';
import { type ImportClaim, ImportLease } from './import-lease.js';
import { ImportEntity } from './import.entity.js';
import { chunksOf } from './upload/import-chunks.js';
import { needsDuplicates } from './writing/batch-writer.js';
import { storeRejections } from './writing/rejections.js';
import { lineOf, Stage } from './writing/stage.js';

/** How often the progress is stored, in milliseconds. */
const PROGRESS_MS = 500;

/** How many characters one COPY writes: about 1,000 rows. What stays in memory for longer costs garbage collection. */
const COPY_SIZE = 128 * 1024;

interface Progress {
  bytes: number;
  rows: number;
  rejected: number;
  lastLine: number;
  /** Not stored yet. */
  rejections: Rejection[];
  storedAt: number;
}

/** Reads an uploaded file, checks every row, and fills the stage of the import. */
@Injectable()
export class ImportReading {
  constructor(
    private readonly dataSource: DataSource,
    private readonly lease: ImportLease,
  ) {}

  /**
   * The import has no stage yet if Postgres emptied it meanwhile.
   * @throws ImportProblem if the file as a whole cannot be imported
   * @throws ClaimLost
   */
  async fill(claim: ImportClaim, signal: AbortSignal): Promise<void> {
    const { job, stage } = await this.lease.hold(claim, async (manager, locked) => {
      const stage = await Stage.create(manager, claim, { findsDuplicates: needsDuplicates(locked) });
      return { job: locked, stage };
    });
    const progress: Progress = { bytes: 0, rows: 0, rejected: 0, lastLine: 0, rejections: [], storedAt: 0 };
    const csv = new CsvRows(job.encoding ?? 'utf-8');
    let parser: RowParser | null = null;
    let staged = '';
    const check = async (rows: readonly CsvRow[]) => {
      for (const row of rows) {
        if (!parser) {
          if (!isDelimiterLine(row)) parser = parserOf(job, row);
          continue;
        }
        const parsed = parser.parse(row);
        progress.rows += 1;
        if ('row' in parsed) {
          staged += lineOf(parsed.row);
          progress.lastLine = row.line;
        } else {
          progress.rejections.push(parsed.rejection);
        }
      }
      if (staged.length >= COPY_SIZE) await copy();
      await this.store(claim, progress);
    };
    const copy = async () => {
      const lines = staged;
      staged = '';
      await stage.copy(this.dataSource, lines);
    };
    for await (const chunk of chunksOf(this.dataSource.manager, claim.id)) {
      signal.throwIfAborted();
      for await (const rows of csv.push(chunk)) await check(rows);
      progress.bytes += chunk.length;
    }
    for await (const rows of csv.end()) await check(rows);
    if (!parser) throw new ImportProblem('The file is empty.');
    await copy();
    await this.finish(claim, stage, progress);
  }

  private async store(claim: ImportClaim, progress: Progress): Promise<void> {
    if (performance.now() - progress.storedAt < PROGRESS_MS) return;
    progress.storedAt = performance.now();
    await this.lease.hold(claim, async (manager) => {
      await this.storeRejections(manager, claim.id, progress);
      // An earlier attempt may have come further.
      await manager.query(
        `UPDATE subscriber_imports SET bytes_read = greatest(bytes_read, $2), rows_read = greatest(rows_read, $3),
           rejected = greatest(rejected, $4)
          WHERE id = $1`,
        [claim.id, progress.bytes, progress.rows, progress.rejected],
      );
    });
  }

  private async finish(claim: ImportClaim, stage: Stage, progress: Progress): Promise<void> {
    await this.lease.hold(claim, async (manager, { position, added, updated, unchanged, suppressed }) => {
      await this.storeRejections(manager, claim.id, progress);
      const staged = await stage.countThrough(manager, progress.lastLine);
      // Postgres crashed between two copies, and emptied the stage.
      if (staged < progress.rows - progress.rejected) return;
      await stage.analyze(manager);
      // An earlier attempt has written these rows, and counted those that it rejected while it wrote.
      const written = await stage.countThrough(manager, position);
      await manager.update(ImportEntity, claim.id, {
        bytesRead: progress.bytes,
        rowsRead: progress.rows,
        rejected: progress.rejected + written - (added + updated + unchanged + suppressed),
        stage: stage.table,
        lastLine: progress.lastLine,
      });
    });
  }

  private async storeRejections(
    manager: Parameters<typeof storeRejections>[0],
    id: string,
    progress: Progress,
  ): Promise<void> {
    const { rejections } = progress;
    progress.rejections = [];
    await storeRejections(manager, id, rejections);
    progress.rejected += rejections.length;
  }
}

function parserOf(job: ImportEntity, { cells }: CsvRow): RowParser {
  const mapped = mapColumns(cells, job.columns);
  if (mapped.fault !== null) throw new ImportProblem(mapped.fault);
  return new RowParser(mapped.columns, job.tags, job.startedAt ?? job.createdAt);
}
