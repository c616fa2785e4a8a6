import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { TLSSocket } from 'node:tls';
import type { OnApplicationShutdown } from '@nestjs/common';
import { ClientTCP, type ReadPacket } from '@nestjs/microservices';
import { catchError, defer, mergeMap, throwError, timeout, type Observable } from 'rxjs';
import {
  isRefusal,
  NoAnswerException,
  RefusedException,
  SubscribersException,
  UnreachableException,
} from './exceptions.js';
import { checkOptions, type SubscribersClientOptions } from './options.js';
import { SigningSerializer } from './signing-serializer.js';

const TIMEOUT_MS = 5_000;
const SHORTEST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 2_000;

/**
 * NestJS's `ClientProxy` for this product's TCP messages: it signs them, waits for a connection and for the answer, both
 * together no longer than `timeoutMs`, and fails with a `SubscribersException` only.
 */
export class SubscribersClient extends ClientTCP implements OnApplicationShutdown {
  readonly #where: string;
  readonly #timeoutMs: number;
  readonly #secured = new WeakSet<TLSSocket>();
  #connecting: Promise<void> | undefined;
  /** Until when somebody wants a connection, in milliseconds since 1970. */
  #wantedUntil = 0;

  /** @throws TypeError that names the option at fault */
  constructor(options: SubscribersClientOptions) {
    checkOptions(options);
    const { host, port, caller, secret, tls } = options;
    super({
      host,
      port,
      serializer: new SigningSerializer(caller, secret),
      ...(tls && { tlsOptions: { servername: host, ...(tls === true ? {} : tls) } }),
    });
    this.#where = `${host}:${port}`;
    this.#timeoutMs = options.timeoutMs ?? TIMEOUT_MS;
  }

  /** The answer, or a `SubscribersException`. Nothing is sent before somebody subscribes. */
  // oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- as NestJS's own
  override send<Result = unknown, Input = unknown>(pattern: unknown, data: Input): Observable<Result> {
    return defer(() => {
      let isSent = false;
      return defer(() => this.connect()).pipe(
        mergeMap(() => {
          isSent = true;
          return super.send<Result, Input>(pattern, data);
        }),
        timeout({ first: this.#timeoutMs }),
        catchError((error: unknown) => throwError(() => this.#exceptionOf(error, isSent))),
      );
    });
  }

  /**
   * Sends at once, whether or not anybody subscribes. It completes when the operating system has the message, which says
   * nothing of its arrival. One that could not be sent is logged, too.
   */
  // oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- as NestJS's own
  override emit<Result = unknown, Input = unknown>(pattern: unknown, data: Input): Observable<Result> {
    const sent = super
      .emit<Result, Input>(pattern, data)
      .pipe(catchError((error: unknown) => throwError(() => this.#exceptionOf(error, false))));
    sent.subscribe({
      error: ({ message }: Error) => this.logger.warn(`${JSON.stringify(pattern)} was not sent: ${message}`),
    });
    return sent;
  }

  /** Tries again and again, more and more slowly, as long as somebody waits. */
  override connect(): Promise<void> {
    this.#wantedUntil = Date.now() + this.#timeoutMs;
    this.#connecting ??= this.#connectInTime().finally(() => (this.#connecting = undefined));
    return this.#connecting;
  }

  onApplicationShutdown(): void {
    this.#wantedUntil = 0;
    this.close();
  }

  protected override async dispatchEvent(packet: ReadPacket): Promise<undefined> {
    const pattern = this.normalizePattern(packet.pattern);
    const message = this.serializer.serialize({ ...packet, pattern });
    await new Promise<void>((resolve, reject) => {
      if (!this.socket) return reject(new Error('Connection closed'));
      this.socket.sendMessage(message, (error) => (error ? reject(error as Error) : resolve()));
    });
    return undefined;
  }

  async #connectInTime(): Promise<void> {
    for (let pause = SHORTEST_PAUSE_MS; ; pause = Math.min(2 * pause, LONGEST_PAUSE_MS)) {
      try {
        await super.connect();
        return await this.#handshake();
      } catch (error) {
        // Half of it at random, so that many who lost the same server do not come back at once.
        const wait = pause * (0.5 + Math.random() / 2);
        if (Date.now() + wait > this.#wantedUntil) throw error;
        await delay(wait);
      }
    }
  }

  /** NestJS takes a connection for ready as soon as TCP is. */
  async #handshake(): Promise<void> {
    const socket = this.unwrap<unknown>();
    if (!(socket instanceof TLSSocket) || this.#secured.has(socket)) return;
    await once(socket, 'secureConnect');
    this.#secured.add(socket);
  }

  #exceptionOf(error: unknown, isSent: boolean): SubscribersException {
    if (error instanceof SubscribersException) return error;
    if (isRefusal(error)) return new RefusedException(error);
    const why = error instanceof Error ? error.message : String(error);
    return isSent
      ? new NoAnswerException(`${this.#where} has not answered: ${why}`, { cause: error })
      : new UnreachableException(`${this.#where} cannot be reached: ${why}`, { cause: error });
  }
}
