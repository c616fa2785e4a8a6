import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import { FrameReader } from './frame-reader.js';

/** WebSocket close code for "try again later" (IANA). */
const TRY_AGAIN_LATER = 1013;

/** Node.js keeps an object for each chunk that it reads, and ws one for each fragment, in bytes at most. */
const CHUNK_COST = 512;
const PIECE_COST = 128;

export interface UnfinishedLimits {
  /** What unfinished messages of all sockets may hold together, in bytes. */
  readonly bytes: number;
  /** How long a message may take from its first byte to its last, in milliseconds. */
  readonly ms: number;
}

/** Half of the 64 MiB that are allowed: what was held a moment ago stays in memory until it is collected. */
export const UNFINISHED_LIMITS: UnfinishedLimits = { bytes: 32 * 1024 * 1024, ms: 10_000 };

/** Why a socket is closed while a message is unfinished. */
export type UnfinishedReason = 'A message took too long to arrive' | 'Too many unfinished messages';

export interface UnfinishedOptions {
  /** Whether the peer has proved who it is. Messages of others give way to theirs. */
  readonly isTrusted?: ((socket: WebSocket) => boolean) | undefined;
  /** Closes a socket at once; by default with 1013, which clients retry. */
  readonly giveUp?: ((socket: WebSocket, reason: UnfinishedReason) => void) | undefined;
}

interface Unfinished {
  readonly socket: WebSocket;
  bytes: number;
  pieces: number;
  timer: NodeJS.Timeout;
}

/**
 * Bounds what messages hold that have begun and are not complete: ws keeps them and tells nobody. The bytes are counted
 * where they arrive, beside ws. Over the limit, the message that began first gives way: others complete in moments.
 */
export class UnfinishedMessages {
  /** In the order in which they began. */
  private readonly all = new Set<Unfinished>();
  private heldBytes = 0;

  constructor(
    private readonly limits: UnfinishedLimits,
    private readonly options: UnfinishedOptions,
  ) {}

  /** What they hold together, in bytes: at least what ws keeps for them. */
  get held(): number {
    return this.heldBytes;
  }

  /**
   * Counts what arrives at a socket.
   * @param stream that ws has just begun to read the socket from
   */
  watch(socket: WebSocket, stream: Duplex): void {
    const frames = new FrameReader();
    let unfinished: Unfinished | null = null;
    const release = () => {
      if (unfinished) this.release(unfinished);
      unfinished = null;
    };
    const onData = (chunk: Buffer) => {
      if (frames.read(chunk)) release();
      if (frames.isClosed) return stop();
      if (!frames.isUnfinished) return;
      unfinished ??= this.begin(socket);
      // The rest of the message keeps the whole chunk in memory.
      this.hold(unfinished, chunk.length + CHUNK_COST, frames.pieces);
    };
    const stop = () => {
      stream.off('data', onData);
      release();
    };
    stream.on('data', onData);
    // ws keeps nothing of a socket that has sent what is no frame, or has closed.
    socket.once('error', stop);
    socket.once('close', stop);
  }

  private begin(socket: WebSocket): Unfinished {
    const late = () => {
      if (!this.all.has(unfinished)) return;
      // What waits because we do not read is not late: ws pauses for a client that reads slowly.
      if (socket.isPaused) unfinished.timer.refresh();
      else this.giveUp(unfinished, 'A message took too long to arrive');
    };
    // A process that was busy for as long has not read yet what came in time: it does before the next turn.
    const timer = setTimeout(() => setImmediate(late), this.limits.ms);
    const unfinished: Unfinished = { socket, bytes: 0, pieces: 0, timer };
    this.all.add(unfinished);
    return unfinished;
  }

  private hold(unfinished: Unfinished, bytes: number, pieces: number): void {
    if (!this.all.has(unfinished)) return;
    const more = bytes + (pieces - unfinished.pieces) * PIECE_COST;
    unfinished.pieces = pieces;
    unfinished.bytes += more;
    this.heldBytes += more;
    while (this.heldBytes > this.limits.bytes) this.giveUp(this.first, 'Too many unfinished messages');
  }

  /** The one that began first, of untrusted peers if there is one. */
  private get first(): Unfinished {
    const { isTrusted = () => false } = this.options;
    let first: Unfinished | undefined;
    for (const each of this.all) {
      if (!isTrusted(each.socket)) return each;
      first ??= each;
    }
    return first!;
  }

  private giveUp(unfinished: Unfinished, reason: UnfinishedReason): void {
    const { giveUp = closeAtOnce } = this.options;
    this.release(unfinished);
    giveUp(unfinished.socket, reason);
  }

  private release(unfinished: Unfinished): void {
    if (!this.all.delete(unfinished)) return;
    clearTimeout(unfinished.timer);
    this.heldBytes -= unfinished.bytes;
  }
}

/** A peer in the middle of a message cannot answer a close. */
function closeAtOnce(socket: WebSocket, reason: string): void {
  socket.close(TRY_AGAIN_LATER, reason);
  socket.terminate();
}
