import { CsvError, type InfoRecord, type Parser, parse } from 'csv-parse';
import { delimiterOf } from './delimiter.js';
import type { FileEncoding } from './encoding-detector.js';
import { ImportProblem } from './import-problem.js';

/** A row of a file. */
export interface CsvRow {
  /** The line on which it begins, counted from 1. */
  readonly line: number;
  readonly cells: readonly string[];
}

/** The largest row in bytes. An open quotation mark makes the rest of the file one row. */
const LARGEST_ROW = 8 * 1024 * 1024;

/** The parser works synchronously, so this bounds how long everything else in the process waits. */
const SLICE = 8 * 1024;

const LINE_BREAK = /\r\n|\r|\n/g;

/** Reads the rows of a CSV file from its bytes. Blank lines are left out. */
export class CsvRows {
  private readonly decoder: InstanceType<typeof TextDecoder> | null;
  private parser: Parser | null = null;
  private rows: CsvRow[] = [];
  private lastLine = 0;
  /** csv-parse counts the two characters of a line break in quotation marks as two lines. */
  private countedTwice = 0;

  constructor(encoding: FileEncoding) {
    this.decoder = encoding === 'utf-8' ? null : new TextDecoder(encoding, { fatal: true });
  }

  /**
   * Parses the next bytes, and yields the rows that are complete, a few hundred at a time.
   * @throws ImportProblem
   */
  push(bytes: Buffer): AsyncGenerator<CsvRow[]> {
    return this.parse(this.decode(bytes));
  }

  /** The rows at the end of the file. @throws ImportProblem */
  async *end(): AsyncGenerator<CsvRow[]> {
    yield* this.parse(this.decode(null));
    await this.attempt((done) => this.parser?.end(done) ?? done());
    yield this.take();
  }

  /** csv-parse works on UTF-8. */
  private decode(bytes: Buffer | null): Buffer {
    if (!this.decoder) return bytes ?? Buffer.alloc(0);
    try {
      return Buffer.from(bytes ? this.decoder.decode(bytes, { stream: true }) : this.decoder.decode());
    } catch {
      throw new ImportProblem(
        `The file is not valid text after line ${this.lastLine}. Save it as UTF-8 and import it again.`,
      );
    }
  }

  private async *parse(text: Buffer): AsyncGenerator<CsvRow[]> {
    if (text.length === 0) return;
    const parser = (this.parser ??= this.open(text));
    for (let from = 0; from < text.length; from += SLICE) {
      await this.attempt((done) => parser.write(text.subarray(from, from + SLICE), done));
      yield this.take();
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  private open(start: Buffer): Parser {
    const parser = parse({
      delimiter: delimiterOf(start.subarray(0, SLICE).toString()),
      record_delimiter: ['\r\n', '\n', '\r'],
      bom: true,
      // Addresses such as "a b"@example.com begin with a quotation mark.
      relax_quotes: true,
      relax_column_count: true,
      skip_empty_lines: true,
      max_record_size: LARGEST_ROW,
      on_record: (cells: string[], { lines }: InfoRecord) => {
        this.rows.push({ line: this.lineOf(cells, lines), cells });
        return null;
      },
    });
    parser.on('error', () => {});
    // Without a reader the stream would never end.
    parser.resume();
    return parser;
  }

  /** @param counted the line of the end of the row, as csv-parse counts */
  private lineOf(cells: readonly string[], counted: number): number {
    let within = 0;
    if (counted - this.countedTwice > this.lastLine + 1) {
      for (const cell of cells) {
        for (const [lineBreak] of cell.matchAll(LINE_BREAK)) {
          within += 1;
          if (lineBreak === '\r\n') this.countedTwice += 1;
        }
      }
    }
    this.lastLine = counted - this.countedTwice;
    return this.lastLine - within;
  }

  private take(): CsvRow[] {
    const { rows } = this;
    this.rows = [];
    return rows;
  }

  private async attempt(step: (done: (error?: Error | null) => void) => void): Promise<void> {
    try {
      await new Promise<void>((resolve, reject) => step((error) => (error ? reject(error) : resolve())));
    } catch (error) {
      if (error instanceof CsvError) throw new ImportProblem(this.explain(error));
      throw error;
    }
  }

  private explain({ code }: CsvError): string {
    const where = `The row that begins after line ${this.lastLine}`;
    if (code === 'CSV_QUOTE_NOT_CLOSED') return `${where} has a quotation mark that is not closed.`;
    if (code === 'CSV_MAX_RECORD_SIZE') {
      return `${where} is larger than 8 MiB. Perhaps a quotation mark is not closed.`;
    }
    return `${where} cannot be read as CSV.`;
  }
}
