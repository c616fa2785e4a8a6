import { DomainError } from '@supergraph/service/domain-error';

/** How many events a watcher may fall behind before it is sent away. */
export const LONGEST_BACKLOG = 1_000;

/** The watcher read too slowly; it can watch again from the last cursor that it saw. */
export class FellBehind extends DomainError {
  readonly code = 'SUBSCRIPTION_LAGGED';

  constructor() {
    super(`This watcher fell more than ${LONGEST_BACKLOG} events behind.`);
  }
}

interface Reader<Event> {
  readonly resolve: (result: IteratorResult<Event>) => void;
}

const DONE = { value: undefined, done: true } as const;

/**
 * One watcher's events: pushed in as they happen, taken out as fast as the watcher reads. `return()` acts at
 * once, also while a `next()` waits; an async generator would wait for the next event first, and leak.
 */
export class Watcher<Event> implements AsyncIterableIterator<Event> {
  private backlog: Event[] = [];
  private readonly readers: Reader<Event>[] = [];
  private ended = false;
  private failure: Error | null = null;

  /** @param onEnd called once, when the watcher takes no more events */
  constructor(private readonly onEnd: () => void) {}

  push(event: Event): void {
    if (this.ended) return;
    const reader = this.readers.shift();
    if (reader) reader.resolve({ value: event, done: false });
    else if (this.backlog.length < LONGEST_BACKLOG) this.backlog.push(event);
    else this.end(new FellBehind());
  }

  next(): Promise<IteratorResult<Event>> {
    const event = this.backlog.shift();
    if (event !== undefined) return Promise.resolve({ value: event, done: false });
    if (this.failure) {
      const { failure } = this;
      this.failure = null;
      return Promise.reject(failure);
    }
    if (this.ended) return Promise.resolve(DONE);
    return new Promise((resolve) => this.readers.push({ resolve }));
  }

  return(): Promise<IteratorResult<Event>> {
    this.end(null);
    return Promise.resolve(DONE);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** Lets go of everything; whoever waits is answered. What was not read yet is not owed any more. */
  private end(failure: Error | null): void {
    if (this.ended) return;
    this.ended = true;
    this.failure = failure;
    this.backlog = [];
    for (const { resolve } of this.readers.splice(0)) resolve(DONE);
    this.onEnd();
  }
}
