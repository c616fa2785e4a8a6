import type { Member } from './member.js';
import type { RoomEvent } from './ring.js';

/** The bookmarks that a room sends to one watcher alone, beside those from upstream, which everybody gets. */
export class Bookmarks {
  /** The last bookmark that watchers were sent. */
  private template: { readonly json: string; readonly cursor: string } | null = null;

  /** Notes what a bookmark from upstream looks like. */
  note({ json, cursor }: RoomEvent): void {
    if (json && cursor !== null) this.template = { json, cursor };
  }

  /**
   * Sends a watcher what it is owed at the place where it stands.
   * @param now the cursor of the room's newest event
   */
  sendDue(member: Member, now: string | null): void {
    if (member.greeting !== null) {
      const { greeting } = member;
      member.greeting = null;
      this.send(member, greeting);
    }
    if (member.position === member.missedUntil) {
      member.missedUntil = null;
      this.send(member, member.told ?? now);
    }
  }

  /** For a watcher who comes into a room that has begun: as upstream sent the last one, but for the cursor. */
  private send(member: Member, cursor: string | null): void {
    if (cursor === null) return;
    member.told = cursor;
    const json =
      this.template?.json.replaceAll(JSON.stringify(this.template.cursor), () => JSON.stringify(cursor)) ??
      null;
    member.watcher.next({ cursor, json });
  }
}
