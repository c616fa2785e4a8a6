import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import { FrameReader } from './frame-reader.js';

/** WebSocket close code for "try again later" (IANA). */
const TRY_AGAIN_LATER = 1013;

/** The largest overhead in bytes: Node.js keeps an object for each chunk, and ws one for each fragment. */
const CHUNK_COST = 512;
const PIECE_COST = 128;

export interface UnfinishedLimits {
  /** The limit for the unfinished messages of all sockets together, in bytes. */
  readonly bytes: number;
  /** The longest time from the first byte of a message to its last, in milliseconds. */
  readonly ms: number;
}

/** Half of the memory budget of 64 MiB: released messages stay in memory until they are collected. */
export const UNFINISHED_LIMITS: UnfinishedLimits = { bytes: 32 * 1024 * 1024, ms: 10_000 };

/** Why a socket is closed while a message is unfinished. */
export type UnfinishedReason = 'A message took too long to arrive' | 'Too many unfinished messages';

export interface UnfinishedOptions {
  /** Whether the peer is authenticated. Messages of other peers are dropped first. */
  readonly isTrusted?: ((socket: WebSocket) => boolean) | undefined;
  /** Closes a socket at once. Default: with 1013, after which clients retry. */
  readonly giveUp?: ((socket: WebSocket, reason: UnfinishedReason) => void) | undefined;
}

interface Unfinished {
  readonly socket: WebSocket;
  bytes: number;
  pieces: number;
  timer: NodeJS.Timeout;
}

/**
 * Limits the memory of incomplete messages. ws keeps them and does not report them, so their bytes are counted on the
 * stream that ws reads. Over the limit, the oldest message is dropped: honest messages complete quickly.
 */
export class UnfinishedMessages {
  /** Oldest first. */
  private readonly all = new Set<Unfinished>();
  private heldBytes = 0;

  constructor(
    private readonly limits: UnfinishedLimits,
    private readonly options: UnfinishedOptions,
  ) {}

  /** The memory of all incomplete messages, in bytes. Never less than what ws keeps for them. */
  get held(): number {
    return this.heldBytes;
  }

  /**
   * Counts the bytes that arrive at a socket.
   * @param stream the stream that ws reads the socket from
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
    // ws keeps nothing of a socket that has sent an invalid frame or has closed.
    socket.once('error', stop);
    socket.once('close', stop);
  }

  private begin(socket: WebSocket): Unfinished {
    const late = () => {
      if (!this.all.has(unfinished)) return;
      // ws pauses reading for a client that reads slowly. That is not the client's delay.
      if (socket.isPaused) unfinished.timer.refresh();
      else this.giveUp(unfinished, 'A message took too long to arrive');
    };
    // After a busy period, bytes that arrived in time are read before setImmediate runs.
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

  /** The oldest message, of an untrusted peer if there is one. */
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

/** A peer in the middle of a message cannot respond to a close frame. */
function closeAtOnce(socket: WebSocket, reason: string): void {
  socket.close(TRY_AGAIN_LATER, reason);
  socket.terminate();
}
