import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { ImportEntity } from '../import.entity.js';
import { chunksOf } from '../upload/import-chunks.js';
import { mapColumns } from './column-mapping.js';
import { CsvRows, type CsvRow } from './csv-rows.js';
import { isDelimiterLine } from './delimiter.js';
import { FilePart } from './file-part.js';
import { ImportProblem } from './import-problem.js';
import { RowParser } from './row-parser.js';

/** Rows of a file, and how many bytes of it are read. */
interface Slice {
  readonly rows: readonly CsvRow[];
  readonly bytesRead: number;
}

/** Reads an uploaded file, and checks every row. */
@Injectable()
export class ImportReading {
  constructor(private readonly dataSource: DataSource) {}

  /**
   * Reads the rows that are not written yet, some parts at a time. The last part may have no rows.
   * @param size the most parts at a time
   * @throws ImportProblem if the rest of the file cannot be read. What was read since the last yield is left out.
   */
  async *batches(job: ImportEntity, size: number, signal: AbortSignal): AsyncGenerator<FilePart[]> {
    let batch: FilePart[] = [];
    for await (const part of this.parts(job, signal)) {
      batch.push(part);
      if (batch.length < size) continue;
      yield batch;
      batch = [];
    }
    yield batch;
  }

  private async *parts(job: ImportEntity, signal: AbortSignal): AsyncGenerator<FilePart> {
    let parser: RowParser | null = null;
    let part = new FilePart(0);
    for await (const { rows, bytesRead } of this.slices(job, signal)) {
      for (const row of rows) {
        if (!parser) {
          if (!isDelimiterLine(row)) parser = parserOf(job, row);
        } else if (row.line > job.position) {
          part.add(row.line, parser.parse(row));
        }
      }
      part.extend(bytesRead);
      if (!part.isFull) continue;
      yield part;
      part = new FilePart(bytesRead);
    }
    if (!parser) throw new ImportProblem('The file is empty.');
    yield part;
  }

  private async *slices({ id, encoding }: ImportEntity, signal: AbortSignal): AsyncGenerator<Slice> {
    const csv = new CsvRows(encoding ?? 'utf-8');
    let bytesRead = 0;
    for await (const chunk of chunksOf(this.dataSource.manager, id)) {
      signal.throwIfAborted();
      for await (const rows of csv.push(chunk)) yield { rows, bytesRead };
      bytesRead += chunk.length;
    }
    for await (const rows of csv.end()) yield { rows, bytesRead };
  }
}

function parserOf(job: ImportEntity, { cells }: CsvRow): RowParser {
  const mapped = mapColumns(cells, job.columns);
  if (mapped.fault !== null) throw new ImportProblem(mapped.fault);
  return new RowParser(mapped.columns, job.tags, job.startedAt ?? job.createdAt);
}
