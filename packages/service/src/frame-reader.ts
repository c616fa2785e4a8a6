const CONTROL = 0x08;
const CLOSE = 0x08;
const MASKED = 0x80;
const MASK_SIZE = 4;
const FINAL = 0x80;

/** Size in bytes of the extended length, by the length in the second byte of a frame. */
const EXTENDED: Readonly<Record<number, number>> = { 126: 2, 127: 8 };

/** Tracks the frames of one direction of a WebSocket (RFC 6455, section 5.2) without storing their content. */
export class FrameReader {
  /** How many bytes of the frame's header have arrived, how many it has, and where its length ends. */
  private headerLength = 0;
  private headerSize = 2;
  private lengthEnd = 2;
  private first = 0;
  private length = 0;
  private payloadLeft = 0;
  private isFragmented = false;
  private pieceCount = 0;
  private completed = false;
  private closed = false;

  /** Whether a message or a control frame has begun and is not complete. */
  get isUnfinished(): boolean {
    return this.headerLength > 0 || this.isFragmented;
  }

  /** How many fragments of the unfinished message are complete. */
  get pieces(): number {
    return this.pieceCount;
  }

  /** Whether a close frame has arrived. Later frames are ignored (section 5.5.1). */
  get isClosed(): boolean {
    return this.closed;
  }

  /** @returns whether a message or a control frame was completed */
  read(chunk: Buffer): boolean {
    this.completed = false;
    for (let at = 0; at < chunk.length && !this.closed;) {
      if (this.payloadLeft > 0) {
        const taken = Math.min(this.payloadLeft, chunk.length - at);
        at += taken;
        this.payloadLeft -= taken;
      } else {
        this.readHeader(chunk[at++]!);
        if (this.headerLength < this.headerSize) continue;
        this.payloadLeft = this.length;
      }
      if (this.payloadLeft === 0) this.endFrame();
    }
    return this.completed;
  }

  private readHeader(byte: number): void {
    const at = this.headerLength++;
    if (at === 0) {
      this.first = byte;
    } else if (at === 1) {
      const length = byte & ~MASKED;
      const extended = EXTENDED[length] ?? 0;
      this.length = extended ? 0 : length;
      this.lengthEnd = 2 + extended;
      this.headerSize = this.lengthEnd + (byte & MASKED ? MASK_SIZE : 0);
    } else if (at < this.lengthEnd) {
      this.length = this.length * 256 + byte;
    }
  }

  private endFrame(): void {
    const opcode = this.first & 0x0f;
    this.headerLength = 0;
    this.headerSize = 2;
    if (opcode === CLOSE) this.closed = true;
    if ((opcode & CONTROL) === 0) {
      this.isFragmented = (this.first & FINAL) === 0;
      this.pieceCount += 1;
    }
    if (this.isFragmented) return;
    this.pieceCount = 0;
    this.completed = true;
  }
}
