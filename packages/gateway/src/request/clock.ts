const MAX_TIMER_MS = 2 ** 31 - 1;

/** A source of time and timers. Tests replace it with a clock that they advance. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Runs `work` at `time` (milliseconds since 1970). Returns a function that cancels it. */
  at(time: number, work: () => void): () => void;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  at(time, work) {
    let timer: NodeJS.Timeout;
    const arm = () => {
      const rest = time - Date.now();
      timer = rest > MAX_TIMER_MS ? setTimeout(arm, MAX_TIMER_MS) : setTimeout(work, rest);
    };
    arm();
    return () => clearTimeout(timer);
  },
};
