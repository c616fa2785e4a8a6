const NANOSECONDS_PER_MS = 1e6;

/** Milliseconds on a clock that all processes of this machine share (CLOCK_MONOTONIC). */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / NANOSECONDS_PER_MS;
}
