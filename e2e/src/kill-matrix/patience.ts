/** After how many milliseconds without what we wait for the system counts as stalled; a busy machine takes a quarter. */
export const PATIENCE_MS = 60_000;
