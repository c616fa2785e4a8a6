import type { Identity } from '../../identity/identity.js';
import type { RevokedSessions } from '../../identity/revoked-sessions.js';
import type { Clock } from '../../clock.js';
import { Tally } from './tally.js';

/** Between one connection's end and the next while all are ended, in milliseconds: a few do not need the whole window. */
const BETWEEN_ENDS_MS = 5;

/** For how long nobody else gets the place of a client that has not said yet who it is, in milliseconds. */
const FIRST_WORD_MS = 1_000;

/** Why the gateway ends a connection that serves live operations, whatever its client does. */
export type ConnectionEnding = 'SUBSCRIPTION_AUTH_EXPIRED' | 'SUBSCRIPTION_SERVER_DRAINING';

/** A client's connection on which live operations run: a WebSocket, or one HTTP response. */
export interface Connection {
  /** Tells the client why, and closes. It reports to `Connections.closed` once it is. */
  end(why: ConnectionEnding): void;
}

export interface ConnectionLimits {
  /** In all. */
  readonly all: number;
  /** Of one viewer, whatever session or token. */
  readonly perViewer: number;
  /** Of all anonymous clients together: they must not take the places of people who have an account. */
  readonly anonymous: number;
  /** Of anonymous clients at one address: a few addresses must not take the places of all the others. */
  readonly anonymousPerAddress: number;
}

const ANONYMOUS = 'anonymous';

/** Why a connection cannot go on as this viewer's: they have as many as they may, or their session was ended. */
export type Unwelcome = 'RATE_LIMITED' | 'SUBSCRIPTION_AUTH_EXPIRED';

interface Open {
  /** What it counts towards in `#ofOwner`; empty until the client has said who it is. */
  owners: readonly string[];
  /** The session that it was opened in; null without one. */
  sessionId: string | null;
  forgetExpiry: () => void;
}

/** Whoever has not said yet who they are. */
interface Newcomer {
  /** In milliseconds since 1970. */
  readonly since: number;
  readonly giveWay: () => void;
}

/** All connections of this gateway on which live operations may run, and what ends them. */
export class Connections {
  private readonly open = new Map<Connection, Open>();
  /** In the order in which they came. */
  private readonly newcomers = new Map<Connection, Newcomer>();
  private readonly ofOwner = new Tally();
  private readonly ofSession = new Map<string, Set<Connection>>();
  private draining = false;
  private whenEmpty: (() => void) | undefined;

  constructor(
    private readonly limits: ConnectionLimits,
    private readonly clock: Clock,
    private readonly revoked: RevokedSessions,
  ) {
    revoked.onRevoked((sessionId) => this.endSession(sessionId));
  }

  get size(): number {
    return this.open.size;
  }

  /** Whether no more are let in: the gateway is on its way out. */
  get isDraining(): boolean {
    return this.draining;
  }

  /**
   * Sees to it that there is a place for one more. Once all are taken, whoever came first of those who have had time
   * to say who they are, and have not, loses theirs: saying nothing keeps nobody else out.
   * @returns whether there is one
   */
  makeRoom(): boolean {
    if (this.open.size < this.limits.all) return true;
    for (const [connection, { since, giveWay }] of this.newcomers) {
      if (this.clock.now() - since < FIRST_WORD_MS) return false;
      this.closed(connection);
      giveWay();
      return true;
    }
    return false;
  }

  /** @param giveWay ends it at once when its place is needed before it belongs to somebody; without, it is not */
  opened(connection: Connection, giveWay?: () => void): void {
    this.open.set(connection, { owners: [], sessionId: null, forgetExpiry: () => {} });
    if (giveWay) this.newcomers.set(connection, { since: this.clock.now(), giveWay });
  }

  /**
   * Notes whose connection it is, and ends it when their token or their session does.
   * @param address the network that an anonymous client is counted by
   * @returns why it cannot be theirs, and then nothing is noted; null when it is. A session may have been ended since
   *   its token was looked at.
   */
  belongsTo(
    connection: Connection,
    { viewer, expiresAt }: Identity,
    address: () => string,
  ): Unwelcome | null {
    const open = this.open.get(connection);
    if (viewer && this.revoked.has(viewer.sessionId)) return 'SUBSCRIPTION_AUTH_EXPIRED';
    const { perViewer, anonymous, anonymousPerAddress } = this.limits;
    const mostOf: Record<string, number> = viewer
      ? { [`viewer ${viewer.userId}`]: perViewer }
      : { [ANONYMOUS]: anonymous, [`${ANONYMOUS} at ${address()}`]: anonymousPerAddress };
    const isFull = Object.entries(mostOf).some(([owner, most]) => this.ofOwner.of(owner) >= most);
    if (!open || isFull) return 'RATE_LIMITED';
    open.owners = Object.keys(mostOf);
    for (const owner of open.owners) this.ofOwner.add(owner);
    this.newcomers.delete(connection);
    if (viewer) this.noteSession(viewer.sessionId, connection, open);
    if (expiresAt) {
      open.forgetExpiry = this.clock.at(expiresAt.getTime(), () =>
        connection.end('SUBSCRIPTION_AUTH_EXPIRED'),
      );
    }
    return null;
  }

  closed(connection: Connection): void {
    const open = this.open.get(connection);
    if (!open) return;
    this.open.delete(connection);
    this.newcomers.delete(connection);
    open.forgetExpiry();
    if (open.sessionId !== null) this.forgetSession(open.sessionId, connection);
    for (const owner of open.owners) this.ofOwner.remove(owner);
    if (this.open.size === 0) this.whenEmpty?.();
  }

  /**
   * Lets nobody in any more, and ends all, spread over the window, so that their clients do not all come to the next
   * gateway at once. Few connections do not need the whole of it.
   * @param windowMs milliseconds
   * @returns when the last one is closed
   */
  async drain(windowMs: number): Promise<void> {
    this.draining = true;
    const all = [...this.open.keys()];
    if (all.length === 0) return;
    const empty = new Promise<void>((resolve) => (this.whenEmpty = resolve));
    const between = Math.min(BETWEEN_ENDS_MS, windowMs / all.length);
    const start = this.clock.now();
    for (const [n, connection] of all.entries()) {
      this.clock.at(start + n * between, () => connection.end('SUBSCRIPTION_SERVER_DRAINING'));
    }
    await empty;
  }

  private noteSession(sessionId: string, connection: Connection, open: Open): void {
    open.sessionId = sessionId;
    const others = this.ofSession.get(sessionId);
    if (others) others.add(connection);
    else this.ofSession.set(sessionId, new Set([connection]));
  }

  private forgetSession(sessionId: string, connection: Connection): void {
    const others = this.ofSession.get(sessionId);
    others?.delete(connection);
    if (others?.size === 0) this.ofSession.delete(sessionId);
  }

  private endSession(sessionId: string): void {
    for (const connection of this.ofSession.get(sessionId) ?? []) {
      connection.end('SUBSCRIPTION_AUTH_EXPIRED');
    }
  }
}
