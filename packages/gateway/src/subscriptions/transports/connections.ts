import type { Identity } from '../../request/identity.js';
import type { RevokedSessions } from '../../identity/revoked-sessions.js';
import type { Clock } from '../../request/clock.js';
import { Tally } from './tally.js';

/** The longest pause between two ends during a drain, in milliseconds, so that few connections end soon. */
const DRAIN_INTERVAL_MS = 5;

/** How long a connection without identity is protected from eviction, in milliseconds. */
const IDENTIFY_WITHIN_MS = 1_000;

/** Why the gateway ends a client's connection. */
export type ConnectionEnding = 'SUBSCRIPTION_AUTH_EXPIRED' | 'SUBSCRIPTION_SERVER_DRAINING';

/** A client's connection that carries subscriptions: a WebSocket, or one HTTP response. */
export interface Connection {
  /** Sends the reason and closes. Calls `Connections.closed` once it has closed. */
  end(why: ConnectionEnding): void;
}

export interface ConnectionLimits {
  /** All connections of the gateway. */
  readonly all: number;
  /** Connections of one viewer, over all sessions. */
  readonly perViewer: number;
  /** Connections of all anonymous clients together, so that they cannot crowd out logged-in users. */
  readonly anonymous: number;
  /** Connections of anonymous clients at one address, so that a few addresses cannot crowd out the others. */
  readonly anonymousPerAddress: number;
}

const ANONYMOUS = 'anonymous';

/** The viewer is over a limit, or the session was revoked. */
export type Rejection = 'RATE_LIMITED' | 'SUBSCRIPTION_AUTH_EXPIRED';

interface OpenConnection {
  /** The keys that it is counted under; empty until it is assigned. */
  owners: readonly string[];
  /** Null for anonymous clients, and for viewers without a session. */
  sessionId: string | null;
  cancelExpiry: () => void;
}

/** A connection before it is assigned to a viewer or an anonymous client. */
interface UnidentifiedConnection {
  /** In milliseconds since 1970. */
  readonly since: number;
  readonly evict: () => void;
}

/** Counts and limits the client connections of this gateway, and ends them on expiry, revocation and drain. */
export class Connections {
  private readonly open = new Map<Connection, OpenConnection>();
  /** Oldest first. */
  private readonly unidentified = new Map<Connection, UnidentifiedConnection>();
  private readonly ofOwner = new Tally();
  private readonly ofSession = new Map<string, Set<Connection>>();
  private draining = false;
  private whenEmpty: (() => void) | undefined;

  constructor(
    private readonly limits: ConnectionLimits,
    private readonly clock: Clock,
    private readonly revoked: RevokedSessions,
  ) {
    revoked.onRevoked((sessionId) => this.endSessionConnections(sessionId));
  }

  get size(): number {
    return this.open.size;
  }

  /** Whether the gateway is shutting down and admits no more connections. */
  get isDraining(): boolean {
    return this.draining;
  }

  /**
   * Makes sure that one more connection fits. At the limit it evicts the oldest connection that had time to identify
   * itself and did not, so that silent clients cannot block others.
   * @returns false when the limit is reached and no connection can be evicted
   */
  ensureCapacity(): boolean {
    if (this.open.size < this.limits.all) return true;
    for (const [connection, { since, evict }] of this.unidentified) {
      if (this.clock.now() - since < IDENTIFY_WITHIN_MS) return false;
      this.closed(connection);
      evict();
      return true;
    }
    return false;
  }

  /** @param evict closes the connection at once if its place is needed before it is assigned */
  opened(connection: Connection, evict?: () => void): void {
    this.open.set(connection, { owners: [], sessionId: null, cancelExpiry: () => {} });
    if (evict) this.unidentified.set(connection, { since: this.clock.now(), evict });
  }

  /**
   * Counts a connection for its viewer, and ends it when the token expires or the session is revoked.
   * @param address the address that anonymous clients are counted by
   * @returns null when the connection was assigned. The session may have been revoked after its token was verified.
   */
  assign(connection: Connection, { viewer, expiresAt }: Identity, address: () => string): Rejection | null {
    const open = this.open.get(connection);
    const sessionId = viewer?.sessionId ?? null;
    if (sessionId !== null && this.revoked.has(sessionId)) return 'SUBSCRIPTION_AUTH_EXPIRED';
    const { perViewer, anonymous, anonymousPerAddress } = this.limits;
    const mostOf: Record<string, number> = viewer
      ? { [`viewer ${viewer.userId}`]: perViewer }
      : { [ANONYMOUS]: anonymous, [`${ANONYMOUS} at ${address()}`]: anonymousPerAddress };
    const isFull = Object.entries(mostOf).some(([owner, most]) => this.ofOwner.of(owner) >= most);
    if (!open || isFull) return 'RATE_LIMITED';
    open.owners = Object.keys(mostOf);
    for (const owner of open.owners) this.ofOwner.add(owner);
    this.unidentified.delete(connection);
    if (sessionId !== null) this.addToSession(sessionId, connection, open);
    if (expiresAt) {
      open.cancelExpiry = this.clock.at(expiresAt.getTime(), () =>
        connection.end('SUBSCRIPTION_AUTH_EXPIRED'),
      );
    }
    return null;
  }

  closed(connection: Connection): void {
    const open = this.open.get(connection);
    if (!open) return;
    this.open.delete(connection);
    this.unidentified.delete(connection);
    open.cancelExpiry();
    if (open.sessionId !== null) this.removeFromSession(open.sessionId, connection);
    for (const owner of open.owners) this.ofOwner.remove(owner);
    if (this.open.size === 0) this.whenEmpty?.();
  }

  /**
   * Admits no more connections and ends all open ones. The ends are spread, so that clients do not reconnect to other
   * gateways all at once.
   * @param windowMs the longest time over which the ends are spread, in milliseconds
   * @returns when the last connection has closed
   */
  async drain(windowMs: number): Promise<void> {
    this.draining = true;
    const all = [...this.open.keys()];
    if (all.length === 0) return;
    const empty = new Promise<void>((resolve) => (this.whenEmpty = resolve));
    const between = Math.min(DRAIN_INTERVAL_MS, windowMs / all.length);
    const start = this.clock.now();
    for (const [n, connection] of all.entries()) {
      this.clock.at(start + n * between, () => connection.end('SUBSCRIPTION_SERVER_DRAINING'));
    }
    await empty;
  }

  private addToSession(sessionId: string, connection: Connection, open: OpenConnection): void {
    open.sessionId = sessionId;
    const others = this.ofSession.get(sessionId);
    if (others) others.add(connection);
    else this.ofSession.set(sessionId, new Set([connection]));
  }

  private removeFromSession(sessionId: string, connection: Connection): void {
    const others = this.ofSession.get(sessionId);
    others?.delete(connection);
    if (others?.size === 0) this.ofSession.delete(sessionId);
  }

  private endSessionConnections(sessionId: string): void {
    for (const connection of this.ofSession.get(sessionId) ?? []) {
      connection.end('SUBSCRIPTION_AUTH_EXPIRED');
    }
  }
}
