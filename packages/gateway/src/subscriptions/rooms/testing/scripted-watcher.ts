import type { GraphQLFormattedError } from 'graphql';
import type { RoomEvent } from '../ring.js';
import type { Ending, Membership, Watcher } from '../watcher.js';
import { nameOf } from './scripted-upstream.js';

/** Records what it receives. */
export class ScriptedWatcher implements Watcher {
  readonly seen: string[] = [];
  readonly texts: string[] = [];
  /** The cursor of each event, with or without JSON. */
  readonly cursors: (string | null)[] = [];
  ready = true;
  membership: Membership | null = null;
  onNext: () => void = () => {};

  isReady(): boolean {
    return this.ready;
  }

  next({ cursor, json }: RoomEvent): void {
    this.cursors.push(cursor);
    if (json === null) return;
    this.texts.push(json);
    this.seen.push(nameOf(json));
    this.onNext();
  }

  batch(send: () => void): void {
    send();
  }

  rejected(errors: readonly GraphQLFormattedError[]): void {
    this.seen.push(`rejected ${errors.map(({ extensions }) => String(extensions?.['code'])).join()}`);
  }

  complete(): void {
    this.seen.push('complete');
  }

  cutOff(why: Ending): void {
    this.seen.push(why);
  }

  /** Becomes ready and resumes. */
  wake(): void {
    this.ready = true;
    this.membership?.resume();
  }
}

/** Waits until pending immediates and promises have run. */
export async function everythingSettled(): Promise<void> {
  for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
