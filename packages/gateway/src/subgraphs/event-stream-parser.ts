/** Receives the parts of an event stream. */
export interface EventStreamReader {
  event(type: string, data: string): void;
  /** A line that starts with a colon. Servers send them to keep a connection alive. */
  comment(): void;
}

/** An event is larger than the limit. */
export class EventTooLarge extends Error {
  override name = 'EventTooLarge';

  constructor(limit: number) {
    super(`an event is larger than ${limit} characters`);
  }
}

const LINE_END = /\r\n|\n|\r/;

/**
 * Parses server-sent events (HTML, section 9.2.6). Unlike a browser it reports an event without data, since graphql-sse
 * allows `complete` without it. It holds at most one event.
 */
export class EventStreamParser {
  private readonly decoder = new TextDecoder();
  private endedWithReturn = false;
  private partialLine = '';
  private type = '';
  private data: string[] = [];
  private size = 0;

  /** @param maxLength of an event, in characters */
  constructor(
    private readonly reader: EventStreamReader,
    private readonly maxLength: number,
  ) {}

  /** @throws EventTooLarge */
  feed(chunk: Uint8Array): void {
    let text = this.decoder.decode(chunk, { stream: true });
    if (text === '') return;
    if (this.endedWithReturn && text.startsWith('\n')) text = text.slice(1);
    this.endedWithReturn = text.endsWith('\r');
    const lines = text.split(LINE_END);
    const last = lines.length - 1;
    for (let n = 0; n < last; n += 1) {
      const line = this.partialLine + lines[n];
      this.partialLine = '';
      this.readLine(line);
    }
    this.partialLine += lines[last];
    if (this.size + this.partialLine.length > this.maxLength) throw new EventTooLarge(this.maxLength);
  }

  private readLine(line: string): void {
    if (line === '') return this.dispatch();
    if (line.startsWith(':')) return this.reader.comment();
    this.size += line.length;
    if (this.size > this.maxLength) throw new EventTooLarge(this.maxLength);
    const colon = line.indexOf(':');
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(line[colon + 1] === ' ' ? colon + 2 : colon + 1);
    if (field === 'event') this.type = value;
    else if (field === 'data') this.data.push(value);
  }

  private dispatch(): void {
    const { type, data } = this;
    this.type = '';
    this.data = [];
    this.size = 0;
    if (type !== '' || data.length > 0) this.reader.event(type, data.join('\n'));
  }
}
