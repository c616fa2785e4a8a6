import type { IncomingHttpHeaders } from 'node:http';
import { InvalidGraphQLResult, isErrorList, isObject } from '@kit/executor';
import { parse } from 'content-type';
import type { Dispatcher } from 'undici';
import type { Clock } from '../request/clock.js';
import { EventStreamParser } from './event-stream-parser.js';
import { HeartbeatWatch } from './heartbeat-watch.js';
import { badUserInput } from './subgraph-errors.js';
import type { TransportSink } from './upstream-transport.js';

/** How long the subgraph may take to begin its response, in milliseconds. */
const ACCEPT_TIMEOUT_MS = 15_000;
/** The largest response that is not a stream, in bytes. */
const MAX_REJECTION_BYTES = 64 * 1024;

/** The response to one subscription over server-sent events. It calls its sink until it is final or closed. */
export class EventStream implements Dispatcher.DispatchHandler {
  private readonly parser: EventStreamParser;
  private readonly heartbeat: HeartbeatWatch;
  private readonly cancelTimeout: () => void;
  private controller: Dispatcher.DispatchController | null = null;
  private isOver = false;
  private status = 0;
  private isStream = false;
  private readonly rejection: Buffer[] = [];
  private rejectionBytes = 0;

  /** @param maxLength of an event, in characters */
  constructor(
    private readonly sink: TransportSink,
    maxLength: number,
    clock: Clock,
  ) {
    this.heartbeat = new HeartbeatWatch(clock, () => this.lose('the stream is silent'));
    this.cancelTimeout = clock.at(clock.now() + ACCEPT_TIMEOUT_MS, () =>
      this.lose(`no response within ${ACCEPT_TIMEOUT_MS} ms`),
    );
    const read = { event: this.onEvent.bind(this), comment: () => this.heartbeat.onComment() };
    this.parser = new EventStreamParser(read, maxLength);
  }

  /** Ends the request at once. */
  close(): void {
    this.finish(() => {});
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.controller = controller;
    if (this.isOver) controller.abort(CLOSED);
  }

  onResponseStart(_: unknown, status: number, headers: IncomingHttpHeaders): void {
    this.cancelTimeout();
    this.status = status;
    const { type } = parse(headers['content-type'] ?? '', { parameters: false });
    this.isStream = status === 200 && type === 'text/event-stream';
  }

  onResponseData(_: unknown, chunk: Buffer): void {
    if (this.isOver) return;
    if (!this.isStream) return this.collect(chunk);
    try {
      this.parser.feed(chunk);
    } catch (error) {
      this.lose((error as Error).message);
    }
    if (!this.isOver) this.heartbeat.onBytes();
  }

  onResponseEnd(): void {
    if (this.isStream) return this.lose('the stream ended without `complete`');
    const cause = this.rejectionOf();
    this.finish(() => this.sink.error(cause));
  }

  onResponseError(_: unknown, error: Error): void {
    this.finish(() => this.sink.error(error));
  }

  private onEvent(type: string, data: string): void {
    if (this.isOver) return;
    if (type === 'complete') return this.finish(() => this.sink.complete());
    if (type !== 'next') return;
    const result = parsed(data);
    if (isObject(result)) this.sink.next(result);
    else this.finish(() => this.sink.error(new InvalidGraphQLResult('an event is not a JSON object')));
  }

  private collect(chunk: Buffer): void {
    this.rejectionBytes += chunk.length;
    this.rejection.push(chunk);
    if (this.rejectionBytes > MAX_REJECTION_BYTES) this.lose(this.notAStream());
  }

  /** The outcome of a response that is not a stream: GraphQL errors reject the operation. */
  private rejectionOf(): unknown {
    if (this.status === 413) return [badUserInput('The operation is too large.')];
    const body = parsed(Buffer.concat(this.rejection).toString());
    const errors = isObject(body) && this.status < 500 ? body['errors'] : undefined;
    return isErrorList(errors) ? errors : new Error(this.notAStream());
  }

  private notAStream(): string {
    return `the response is not an event stream: status ${this.status}`;
  }

  private lose(why: string): void {
    this.finish(() => this.sink.error(new Error(why)));
  }

  private finish(tell: () => void): void {
    if (this.isOver) return;
    this.isOver = true;
    this.cancelTimeout();
    this.heartbeat.stop();
    this.controller?.abort(CLOSED);
    tell();
  }
}

const CLOSED = new Error('the subscription has ended');

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
