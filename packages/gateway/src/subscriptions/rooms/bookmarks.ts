import type { Member } from './member.js';
import type { RoomEvent } from './ring.js';

/** Sends bookmarks to single watchers. Bookmarks from upstream go to all watchers of the room. */
export class Bookmarks {
  /** The last bookmark from upstream. */
  private template: { readonly json: string; readonly cursor: string } | null = null;

  /** Remembers a bookmark from upstream, as a template. */
  remember({ json, cursor }: RoomEvent): void {
    if (json && cursor !== null) this.template = { json, cursor };
  }

  /**
   * Sends the bookmarks that are due at the watcher's position.
   * @param now the cursor of the room's newest event
   */
  sendDue(member: Member, now: string | null): void {
    if (member.startCursor !== null) {
      const { startCursor } = member;
      member.startCursor = null;
      this.send(member, startCursor);
    }
    if (member.position === member.replayEnd) {
      member.replayEnd = null;
      this.send(member, member.lastSent ?? now);
    }
  }

  /** Copies the last bookmark from upstream with another cursor. */
  private send(member: Member, cursor: string | null): void {
    if (cursor === null) return;
    member.lastSent = cursor;
    const json =
      this.template?.json.replaceAll(JSON.stringify(this.template.cursor), () => JSON.stringify(cursor)) ??
      null;
    member.watcher.next({ cursor, json });
  }
}
