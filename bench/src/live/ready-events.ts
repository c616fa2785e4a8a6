type Result = IteratorResult<{ subscriberAdded: object }>;

const DONE: Result = { done: true, value: undefined };

/** A source of events for many watchers. Each watcher first gets an opening event. */
export class ReadyEvents {
  private readonly waiting = new Set<(result: Result) => void>();

  constructor(private readonly opening: object) {}

  publish(subscriberAdded: object): void {
    const waiting = [...this.waiting];
    this.waiting.clear();
    for (const resolve of waiting) resolve({ done: false, value: { subscriberAdded } });
  }

  watch(): AsyncIterableIterator<{ subscriberAdded: object }> {
    let isOpen = false;
    let pending: (result: Result) => void = () => {};
    const next = async (): Promise<Result> => {
      if (isOpen) {
        return new Promise((resolve) => {
          pending = resolve;
          this.waiting.add(resolve);
        });
      }
      isOpen = true;
      return { done: false, value: { subscriberAdded: this.opening } };
    };
    return {
      next,
      return: async () => {
        this.waiting.delete(pending);
        pending(DONE);
        return DONE;
      },
      [Symbol.asyncIterator]() {
        return this;
      },
    };
  }
}
