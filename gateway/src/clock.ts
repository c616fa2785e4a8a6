const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** The time, and what happens at a time; tests have one that they turn. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Does something once it is that late; the returned function calls it off. */
  at(time: number, work: () => void): () => void;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  at(time, work) {
    let timer: NodeJS.Timeout;
    const arm = () => {
      const rest = time - Date.now();
      timer = rest > LONGEST_TIMER_MS ? setTimeout(arm, LONGEST_TIMER_MS) : setTimeout(work, rest);
    };
    arm();
    return () => clearTimeout(timer);
  },
};
