import { setTimeout as delay } from 'node:timers/promises';
import { SubscribersException } from '@supergraph/nest-tcp-client';
import type { Random } from '../kill-matrix/random.js';

const LONGEST_PAUSE_MS = 40;

interface Options {
  /** Part of each address. */
  readonly name: string;
  readonly random: Random;
  /** Whether a failed message is sent again. */
  readonly retries: boolean;
  send(email: string): Promise<void>;
}

/** Sends one message after another until it is stopped. */
export class Writer {
  /** The codes of failed messages. */
  readonly setbacks: string[] = [];
  private isStopped = false;
  private readonly done: Promise<void>;

  constructor(private readonly options: Options) {
    this.done = this.run();
    this.done.catch(() => undefined);
  }

  /** @throws an unexpected exception */
  async stop(): Promise<void> {
    this.isStopped = true;
    await this.done;
  }

  private async run(): Promise<void> {
    const { name, random, retries } = this.options;
    for (let number = 1; !this.isStopped; number += 1) {
      const email = `${name}-${number}@example.com`;
      for (;;) if ((await this.attempt(email)) || !retries) break;
      await delay(random.below(LONGEST_PAUSE_MS));
    }
  }

  private async attempt(email: string): Promise<boolean> {
    try {
      await this.options.send(email);
      return true;
    } catch (error) {
      if (!(error instanceof SubscribersException)) throw error;
      this.setbacks.push(error.code);
      return false;
    }
  }
}
