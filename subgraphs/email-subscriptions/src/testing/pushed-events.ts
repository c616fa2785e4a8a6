const DONE = { value: undefined, done: true } as const;

/** A source of events that a test pushes in by hand. */
export class PushedEvents<Event> implements AsyncIterableIterator<Event> {
  private readonly events: Event[] = [];
  private answer: ((result: IteratorResult<Event>) => void) | undefined;
  /** Whether its reader has left. */
  left = false;

  push(event: Event): void {
    if (this.answer) this.answer({ value: event, done: false });
    else this.events.push(event);
    this.answer = undefined;
  }

  next(): Promise<IteratorResult<Event>> {
    const event = this.events.shift();
    if (event !== undefined) return Promise.resolve({ value: event, done: false });
    return new Promise((resolve) => (this.answer = resolve));
  }

  return(): Promise<IteratorResult<Event>> {
    this.left = true;
    this.answer?.(DONE);
    return Promise.resolve(DONE);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
