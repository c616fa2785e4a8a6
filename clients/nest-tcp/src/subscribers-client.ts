import { isIP } from 'node:net';
import { Logger, type OnApplicationShutdown } from '@nestjs/common';
import type { MsPattern, ReadPacket, WritePacket } from '@nestjs/microservices';
import {
  defer,
  from,
  lastValueFrom,
  mergeMap,
  Observable,
  take,
  throwError,
  throwIfEmpty,
  timeout,
} from 'rxjs';
import {
  isServiceError,
  NoAnswerException,
  reasonOf,
  RefusedException,
  SubscribersException,
} from './exceptions.js';
import type {
  ADD_SUBSCRIBER,
  AddedSubscriber,
  GET_ALL_SUBSCRIBERS,
  NewSubscriber,
  Subscriber,
  SubscribersPage,
  SubscribersPageRequest,
} from './messages.js';
import { checkOptions, type SubscribersClientOptions } from './options.js';
import { ReconnectingClient } from './reconnecting-client.js';
import { SigningSerializer } from './signing-serializer.js';
import type { SubscribersRecord } from './subscribers-record.js';

const TIMEOUT_MS = 5_000;

type Sent<Data> = Data | SubscribersRecord<Data>;
/** Any other pattern. Without this type, wrong data for a known pattern would compile. */
type Other<Pattern> = Pattern extends typeof ADD_SUBSCRIBER | typeof GET_ALL_SUBSCRIBERS ? never : Pattern;

/** NestJS's `ClientProxy` for the subscriber service. It signs each message and fails with typed exceptions. */
export class SubscribersClient extends ReconnectingClient implements OnApplicationShutdown {
  protected override readonly logger = new Logger(SubscribersClient.name);
  /** The number of emitted messages that the operating system has accepted. */
  private emitted = 0;

  /** @throws TypeError that names the invalid option */
  constructor(options: SubscribersClientOptions) {
    checkOptions(options);
    const { host, port, caller, secret, tls, timeoutMs = TIMEOUT_MS } = options;
    // TLS has no server name for an IP address (RFC 6066, section 3).
    const servername = isIP(host) ? {} : { servername: host };
    super(
      {
        host,
        port,
        serializer: new SigningSerializer(caller, secret),
        ...(tls && { tlsOptions: { ...servername, ...(tls === true ? {} : tls) } }),
      },
      timeoutMs,
    );
  }

  /**
   * Returns the result, or fails with a {@link SubscribersException} within `timeoutMs`. It sends the message once for each
   * subscription to the observable.
   * @throws TypeError, through the observable, for data that JSON cannot represent
   */
  override send(pattern: typeof ADD_SUBSCRIBER, data: Sent<NewSubscriber>): Observable<AddedSubscriber>;
  override send(pattern: typeof GET_ALL_SUBSCRIBERS, data: Sent<''>): Observable<Subscriber[]>;
  override send(
    pattern: typeof GET_ALL_SUBSCRIBERS,
    data: Sent<SubscribersPageRequest>,
  ): Observable<SubscribersPage>;
  // oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- NestJS's signature
  override send<Result = unknown, Input = unknown, Pattern = unknown>(
    pattern: Other<Pattern>,
    data: Input,
  ): Observable<Result>;
  override send(pattern: unknown, data: unknown): Observable<unknown> {
    if (isNothing(pattern) || isNothing(data)) return super.send(pattern, data);
    return defer(() => {
      const deadline = performance.now() + this.timeoutMs;
      return from(this.connect()).pipe(mergeMap(() => this.request(pattern, data, deadline)));
    });
  }

  /**
   * Sends the message at once, without a subscription. The observable completes when the operating system has accepted
   * the message, which does not mean that the service has received it. A failure to send is logged as well.
   */
  // oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- NestJS's signature
  override emit<Result = unknown, Input = unknown>(pattern: unknown, data: Input): Observable<Result> {
    if (isNothing(pattern) || isNothing(data)) return super.emit<Result, Input>(pattern, data);
    let onTimeout = (): void => undefined;
    const written = lastValueFrom(
      from(this.connect()).pipe(
        mergeMap(() => {
          const { netSocket } = this.connection();
          const before = this.emitted;
          onTimeout = () => {
            // A network that drops packets has this symptom when the buffers are full.
            if (this.emitted === before) this.replaceConnection(netSocket);
          };
          return this.dispatchEvent(this.createPacket(pattern, data));
        }),
        timeout({
          first: this.timeoutMs,
          with: () => {
            onTimeout();
            return throwError(() => this.noAnswer('the message was not written in time'));
          },
        }),
      ),
    );
    written.catch((error: unknown) =>
      this.logger.warn(`Emitting ${this.normalizePattern(pattern as MsPattern)} failed: ${reasonOf(error)}`),
    );
    return from(written as Promise<Result>);
  }

  onApplicationShutdown(): void {
    this.close();
  }

  /** @throws if the message cannot be sent */
  protected override publish(partial: ReadPacket, callback: (response: WritePacket) => void): () => void {
    const packet = this.assignPacketId(partial);
    this.connection().sendMessage(this.serializer.serialize(packet));
    this.routingMap.set(packet.id, callback);
    return () => this.routingMap.delete(packet.id);
  }

  protected override async dispatchEvent(packet: ReadPacket): Promise<undefined> {
    const connection = this.connection();
    const pattern = this.normalizePattern(packet.pattern);
    const message: unknown = this.serializer.serialize({ ...packet, pattern });
    await new Promise<void>((resolve, reject) => {
      connection.sendMessage(message, (error) => {
        // Node reports no error for a write that was aborted by closing the socket.
        if (error || connection.netSocket.destroyed) reject(this.noAnswer('the connection was lost'));
        else {
          this.emitted += 1;
          resolve();
        }
      });
    });
    return undefined;
  }

  protected override serializeError(error: unknown): SubscribersException {
    return isServiceError(error) ? new RefusedException(error) : this.noAnswer(reasonOf(error));
  }

  private request(pattern: unknown, data: unknown, deadline: number): Observable<unknown> {
    const { netSocket } = this.connection();
    const { bytesRead } = netSocket;
    const onTimeout = () => {
      // A network that drops packets has this symptom.
      if (netSocket.bytesRead === bytesRead) this.replaceConnection(netSocket);
      return throwError(() => this.noAnswer(`nothing within ${this.timeoutMs} ms`));
    };
    return new Observable((observer) =>
      this.publish(this.createPacket(pattern, data), this.createObserver(observer)),
    ).pipe(
      timeout({ first: Math.max(0, deadline - performance.now()), with: onTimeout }),
      take(1),
      throwIfEmpty(() => this.noAnswer('the response is empty')),
    );
  }

  private noAnswer(why: string): NoAnswerException {
    return new NoAnswerException(`${this.where} did not respond: ${why}`);
  }
}

/** NestJS rejects these values. */
function isNothing(value: unknown): boolean {
  return value === undefined || value === null;
}
