type Result = IteratorResult<{ subscriberAdded: object }>;

const OVER: Result = { done: true, value: undefined };

/** Events that are ready for everybody who watches when they come, one at a time; each watcher gets an opening first. */
export class ReadyEvents {
  private readonly waiting = new Set<(result: Result) => void>();

  constructor(private readonly opening: object) {}

  publish(subscriberAdded: object): void {
    const waiting = [...this.waiting];
    this.waiting.clear();
    for (const take of waiting) take({ done: false, value: { subscriberAdded } });
  }

  watch(): AsyncIterableIterator<{ subscriberAdded: object }> {
    let isOpen = false;
    let take: (result: Result) => void = () => {};
    const next = async (): Promise<Result> => {
      if (isOpen) {
        return new Promise((resolve) => {
          take = resolve;
          this.waiting.add(resolve);
        });
      }
      isOpen = true;
      return { done: false, value: { subscriberAdded: this.opening } };
    };
    return {
      next,
      return: async () => {
        this.waiting.delete(take);
        take(OVER);
        return OVER;
      },
      [Symbol.asyncIterator]() {
        return this;
      },
    };
  }
}
