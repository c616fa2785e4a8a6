/** A pause that can be cut short. One caller naps at a time. */
export class WakeableTimer {
  private wakeNow: (() => void) | undefined;
  private woken = false;

  /** Returns after so many milliseconds, or when woken; at once when that has happened since the last timer. */
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
