import { ScriptedWatcher } from './scripted-watcher.js';

/** The limits of a room's ring. */
const RING = { ageMs: 60_000, events: 1_000 };
/** How many ring entries may be bookmarks instead of numbers of the log. */
const BOOKMARKS = 100;

/** A watcher and its position in the log. */
export class TrackedWatcher {
  readonly watcher = new ScriptedWatcher();
  /** How many of the received messages were checked. */
  read = 0;
  private readonly joinedAt: number;
  private pausedAt: number | null = null;
  private longestPauseMs = 0;

  /**
   * @param key the key of the room that it joins
   * @param position the last number received; null when it starts from now
   * @param end the last number of the log
   */
  constructor(
    readonly key: string,
    public position: number | null,
    end: number,
  ) {
    this.joinedAt = position ?? end;
  }

  /** Stops taking events. */
  pause(): void {
    this.watcher.ready = false;
    this.pausedAt ??= performance.now();
  }

  wake(): void {
    if (this.pausedAt !== null) {
      this.longestPauseMs = Math.max(this.longestPauseMs, performance.now() - this.pausedAt);
    }
    this.pausedAt = null;
    this.watcher.wake();
  }

  /**
   * Whether its pauses were long enough for it to lag.
   * @param end the last number of the log
   */
  mayHaveLagged(end: number): boolean {
    const missed = end - (this.position ?? this.joinedAt);
    return this.longestPauseMs >= RING.ageMs || missed > RING.events - BOOKMARKS;
  }
}
