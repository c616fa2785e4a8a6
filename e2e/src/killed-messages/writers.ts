import { setTimeout as delay } from 'node:timers/promises';
import {
  ADD_SUBSCRIBER,
  SubscribersException,
  SubscribersRecord,
  type AddedSubscriber,
  type SubscribersClient,
} from '@supergraph/nest-tcp-client';
import { lastValueFrom } from 'rxjs';
import type { Dice } from '../kill-matrix/dice.js';

const LONGEST_PAUSE_MS = 40;

interface Options {
  /** Part of each address. */
  readonly name: string;
  readonly client: SubscribersClient;
  readonly dice: Dice;
}

/** Writes one message after the other until it is told to stop. */
abstract class Writer {
  /** The codes of what its messages failed with. */
  readonly setbacks: string[] = [];
  private isStopped = false;
  private done: Promise<void> | undefined;

  constructor(protected readonly options: Options) {}

  start(): void {
    this.done = this.writeAll();
  }

  /** @throws what no message may fail with */
  async stop(): Promise<void> {
    this.isStopped = true;
    await this.done;
  }

  protected abstract write(email: string): Promise<void>;

  /** True when it went well. */
  protected async attempt(message: () => Promise<void>): Promise<boolean> {
    try {
      await message();
      return true;
    } catch (error) {
      if (!(error instanceof SubscribersException)) throw error;
      this.setbacks.push(error.code);
      return false;
    }
  }

  private async writeAll(): Promise<void> {
    const { name, dice } = this.options;
    for (let number = 1; !this.isStopped; number += 1) {
      await this.write(`${name}-${number}@example.com`);
      await delay(dice.whole(LONGEST_PAUSE_MS));
    }
  }
}

/** Adds each address by `send`, again and again under its key until that is acknowledged. */
export class Sender extends Writer {
  /** By address, what was answered. */
  readonly acknowledged = new Map<string, AddedSubscriber>();

  protected async write(email: string): Promise<void> {
    const data = { email, idempotencyKey: email };
    const send = async () => {
      const answer = this.options.client.send<AddedSubscriber>(ADD_SUBSCRIBER, data);
      this.acknowledged.set(email, await lastValueFrom(answer));
    };
    while (!(await this.attempt(send)));
  }
}

/** Adds each address by `emit`, once. */
export class Emitter extends Writer {
  /** Addresses whose message has left, by the request id that the service logs. */
  readonly sent = new Map<string, string>();
  /** All that it tried. */
  readonly tried = new Map<string, string>();

  protected async write(email: string): Promise<void> {
    const requestId = email.replace(/@.*/, '');
    this.tried.set(requestId, email);
    const record = new SubscribersRecord({ email }, { requestId });
    const isSent = await this.attempt(async () => {
      await lastValueFrom(this.options.client.emit(ADD_SUBSCRIBER, record), { defaultValue: undefined });
    });
    if (isSent) this.sent.set(requestId, email);
  }
}
