import type { Execution } from './execution.js';

/** Runs a part of a plan. */
export type Step = <Context>(execution: Execution<Context>) => Promise<void>;
