import { lineOf } from '../writing/batch-table.js';
import type { ParsedRow, Rejection } from './row-parser.js';

const MOST_ROWS = 1_000;

/** In bytes, of the file and of the checked rows. */
const LARGEST = 512 * 1024;

/** Checked rows of a file that follow each other. */
export class FilePart {
  /** The line of the last row; null without a row. */
  lastLine: number | null = null;
  /** The bytes of the file up to the end of the part. */
  bytesRead: number;
  /** The number of rows with a valid address, or with one that was erased from the file. */
  valid = 0;
  /** Of these, the rows with an erased address. */
  erased = 0;
  /** The valid rows in the text format of COPY. */
  readonly lines: Buffer[] = [];
  readonly rejections: Rejection[] = [];
  private text = '';
  private size = 0;

  /** @param from the bytes of the file before the part */
  constructor(private readonly from: number) {
    this.bytesRead = from;
  }

  get rows(): number {
    return this.valid + this.rejections.length;
  }

  get isFull(): boolean {
    return this.rows >= MOST_ROWS || this.size >= LARGEST || this.bytesRead - this.from >= LARGEST;
  }

  add(line: number, parsed: ParsedRow): void {
    this.lastLine = line;
    if ('rejection' in parsed) {
      this.rejections.push(parsed.rejection);
      return;
    }
    this.valid += 1;
    if (parsed.row.email === null) this.erased += 1;
    this.text += lineOf(parsed.row);
  }

  /** Encodes the rows that were added since the last call: as text they would cost garbage collection. */
  extend(bytesRead: number): void {
    this.bytesRead = bytesRead;
    if (this.text === '') return;
    const lines = Buffer.from(this.text);
    this.text = '';
    this.size += lines.length;
    this.lines.push(lines);
  }
}
