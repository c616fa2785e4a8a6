/** A delay that can be ended early. For one caller at a time. */
export class WakeableTimer {
  private wakeNow: (() => void) | undefined;
  private woken = false;

  /** Returns after `ms` milliseconds or when woken. Returns at once if woken since the last call. */
  async take(ms: number): Promise<void> {
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
