import { ScriptedWatcher } from './scripted-watcher.js';

/** What a ring keeps: for so long, and so many. */
const RING = { ageMs: 60_000, events: 1_000 };
/** How many more than a log has numbers may be in a ring, for what else may come. */
const BOOKMARKS = 100;

/** A watcher, and where it stands in the log. */
export class Watching {
  readonly watcher = new ScriptedWatcher();
  /** How much of what the watcher has seen was looked at. */
  read = 0;
  private readonly cameAt: number;
  private slowSince: number | null = null;
  private slowestMs = 0;

  /**
   * @param key of the room that it joins
   * @param position what it has had last; null when that is up to the upstream
   * @param end the last number of the log
   */
  constructor(
    readonly key: string,
    public position: number | null,
    end: number,
  ) {
    this.cameAt = position ?? end;
  }

  /** It takes nothing from now on. */
  pause(): void {
    this.watcher.ready = false;
    this.slowSince ??= performance.now();
  }

  wake(): void {
    if (this.slowSince !== null) {
      this.slowestMs = Math.max(this.slowestMs, performance.now() - this.slowSince);
    }
    this.slowSince = null;
    this.watcher.wake();
  }

  /**
   * Whether it was slow enough to fall off a ring.
   * @param end the last number of the log
   */
  mayHaveLagged(end: number): boolean {
    const missed = end - (this.position ?? this.cameAt);
    return this.slowestMs >= RING.ageMs || missed > RING.events - BOOKMARKS;
  }
}
