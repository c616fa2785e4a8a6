import { Transform, type TransformCallback } from 'node:stream';

const ID_BYTES = 36;

/** Replaces each mark and the id after it by the link for that subscriber. */
export class UnsubscribeLinks extends Transform {
  private readonly mark: Buffer;
  /** The start of a mark or an id that may go on in the next chunk. */
  private rest = Buffer.alloc(0);

  /** @param mark does not occur in the data otherwise */
  constructor(
    mark: string,
    private readonly linkOf: (subscriberId: string) => string,
  ) {
    super();
    this.mark = Buffer.from(mark);
  }

  override _transform(chunk: Buffer, _: BufferEncoding, done: TransformCallback): void {
    const bytes = Buffer.concat([this.rest, chunk]);
    const length = this.mark.length + ID_BYTES;
    const parts: Buffer[] = [];
    let from = 0;
    let at = bytes.indexOf(this.mark);
    while (at !== -1 && at + length <= bytes.length) {
      const id = bytes.toString('latin1', at + this.mark.length, at + length);
      parts.push(bytes.subarray(from, at), Buffer.from(this.linkOf(id)));
      from = at + length;
      at = bytes.indexOf(this.mark, from);
    }
    const kept = at === -1 ? Math.max(from, bytes.length - this.mark.length + 1) : at;
    parts.push(bytes.subarray(from, kept));
    this.rest = bytes.subarray(kept);
    done(null, Buffer.concat(parts));
  }

  override _flush(done: TransformCallback): void {
    done(null, this.rest);
  }
}
