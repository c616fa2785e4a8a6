/** Lets what has one name be done by one at a time, in the order in which they came. */
export class OneAtATime {
  private readonly last = new Map<string, Promise<void>>();

  async run<T>(name: string, work: () => Promise<T>): Promise<T> {
    const done = (this.last.get(name) ?? Promise.resolve()).then(work);
    const over = done.then(
      () => {},
      () => {},
    );
    this.last.set(name, over);
    try {
      return await done;
    } finally {
      if (this.last.get(name) === over) this.last.delete(name);
    }
  }
}
