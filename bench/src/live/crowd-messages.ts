/** What a process full of watchers is to do (`crowd-process.ts`). */
export interface CrowdTask {
  /** `ws://host:port/graphql` */
  readonly url: string;
  readonly connectionInit: Record<string, string>;
  /** Takes `$after`, asks for bookmarks, and selects the address of the subscriber. */
  readonly query: string;
  readonly watchers: number;
  /** Sockets that may be on their way to being open at a time. */
  readonly atOnce: number;
  /** Each watcher asks in words of its own, so that none shares anything with another. */
  readonly alone: boolean;
  /** A watcher whose socket closes comes back with the last cursor that it saw; otherwise that is a failure. */
  readonly returns: boolean;
  /** The number of the first event to come (numbered-address.ts). */
  readonly next: number;
}

export type CrowdCommand =
  | { readonly type: 'drop' }
  /** @property next the number of the first event that has not happened yet */
  | { readonly type: 'tally'; readonly next: number }
  | { readonly type: 'leave' };

/** Times are milliseconds of `monotonicMs`. */
export type CrowdReport =
  | { readonly type: 'started' }
  /** Every watcher is on: it has had a bookmark or an event from its present socket. */
  | { readonly type: 'live'; readonly at: number }
  /** The last watcher has had this event, in these words. */
  | { readonly type: 'seen'; readonly number: number; readonly at: number; readonly message: string }
  | { readonly type: 'dropped'; readonly at: number }
  | { readonly type: 'tally'; readonly tally: Tally }
  | { readonly type: 'failed'; readonly why: string };

/** How the events so far have come, summed over the watchers. */
export interface Tally {
  /** Events that were left out. */
  readonly skipped: number;
  /** Events that came again, or late. */
  readonly repeated: number;
  /** Events that have not come at all, at the end. */
  readonly missing: number;
}
