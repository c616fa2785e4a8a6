/** A timer that can be woken early. Only one caller may wait at a time. */
export class WakeableTimer {
  private wakeNow: (() => void) | undefined;
  private woken = false;

  /** Waits until the time is over or `wake` is called. Returns at once if it was called since the last wait. */
  async wait(ms: number): Promise<void> {
    if (!this.woken) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, ms);
        this.wakeNow = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    this.wakeNow = undefined;
    this.woken = false;
  }

  wake(): void {
    this.woken = true;
    this.wakeNow?.();
  }
}
