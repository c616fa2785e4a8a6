import type { GraphQLFormattedError } from 'graphql';
import type { RoomEvent } from '../ring.js';
import type { Ending, Membership, Watcher } from '../watcher.js';
import { nameOf } from './scripted-upstream.js';

/** Notes what it is told. */
export class ScriptedWatcher implements Watcher {
  readonly seen: string[] = [];
  readonly texts: string[] = [];
  /** Where the stream stood with what it was told, shown or not. */
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

  together(send: () => void): void {
    send();
  }

  refused(errors: readonly GraphQLFormattedError[]): void {
    this.seen.push(`refused ${errors.map(({ extensions }) => String(extensions?.['code'])).join()}`);
  }

  complete(): void {
    this.seen.push('complete');
  }

  cutOff(why: Ending): void {
    this.seen.push(why);
  }

  /** It can take events again. */
  wake(): void {
    this.ready = true;
    this.membership?.resume();
  }
}

/** Lets everything happen that waits for nothing but its turn. */
export async function everythingSettled(): Promise<void> {
  for (let turn = 0; turn < 3; turn += 1) await new Promise((goOn) => setImmediate(goOn));
}
