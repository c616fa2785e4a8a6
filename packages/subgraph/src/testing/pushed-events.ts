const DONE = { value: undefined, done: true } as const;

/** A source of events that a test pushes. */
export class PushedEvents<Event> implements AsyncIterableIterator<Event> {
  private readonly events: Event[] = [];
  private resolveNext: ((result: IteratorResult<Event>) => void) | undefined;
  /** Whether the reader has called `return`. */
  isReturned = false;

  push(event: Event): void {
    if (this.resolveNext) this.resolveNext({ value: event, done: false });
    else this.events.push(event);
    this.resolveNext = undefined;
  }

  next(): Promise<IteratorResult<Event>> {
    const event = this.events.shift();
    if (event !== undefined) return Promise.resolve({ value: event, done: false });
    return new Promise((resolve) => (this.resolveNext = resolve));
  }

  return(): Promise<IteratorResult<Event>> {
    this.isReturned = true;
    this.resolveNext?.(DONE);
    return Promise.resolve(DONE);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
