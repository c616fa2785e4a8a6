import { setTimeout as delay } from 'node:timers/promises';
import type { Dice } from './dice.js';
import type { Replica } from './replica.js';
import type { Named } from './truth.js';
import { txnToken } from '../harness/txn-token.js';

const ANSWER_MS = 5_000;
const LONGEST_PAUSE_MS = 25;

/** Some of whom a text filter finds. */
const NAMES = ['Ada Example', 'Grace Example', 'Linus Example'];

const ADD = `mutation ($input: AddSubscriberInput!) {
  addSubscriber(input: $input) { created subscriber { id } userErrors { code } }
}`;

interface AddAnswer {
  data?: { addSubscriber: { created: boolean; subscriber: { id: string } | null } } | null;
}

export interface WriterOptions {
  /** Part of each address. */
  readonly name: string;
  /** In whose name the writer adds. */
  readonly userId: string;
  /** What the gateway and the replicas share. */
  readonly secret: string;
  readonly replicas: readonly Replica[];
  readonly dice: Dice;
}

/** Adds one new address after the other, each through any replica, until it is told to stop. */
export class Writer {
  /** Those whom a replica answered to have created. */
  readonly acknowledged: Named[] = [];
  /** How many additions came to nothing, or to nothing that we know of. */
  unanswered = 0;
  /** An answer that no addition of a new address may get. */
  fault: unknown;
  #stopped = false;
  #done: Promise<void> | undefined;

  constructor(private readonly options: WriterOptions) {}

  start(): void {
    this.#done = this.#write().catch((error: unknown) => void (this.fault = error));
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#done;
  }

  async #write(): Promise<void> {
    const { name, replicas, dice } = this.options;
    for (let number = 1; !this.#stopped; number += 1) {
      const email = `${name}-${number}@example.com`;
      const answer = await this.#add(email, dice.oneOf(NAMES), dice.oneOf(replicas));
      const added = answer?.data?.addSubscriber;
      if (added?.created && added.subscriber) this.acknowledged.push({ id: added.subscriber.id, email });
      else if (added) throw new Error(`${email}, a new address, was answered ${JSON.stringify(answer)}`);
      else this.unanswered += 1;
      await delay(dice.whole(LONGEST_PAUSE_MS));
    }
  }

  async #add(email: string, name: string, { url }: Replica): Promise<AddAnswer | undefined> {
    const { userId, secret } = this.options;
    try {
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'txn-token': txnToken(secret, { sub: userId }) },
        body: JSON.stringify({ query: ADD, variables: { input: { email, name } } }),
        signal: AbortSignal.timeout(ANSWER_MS),
      });
      return (await response.json()) as AddAnswer;
    } catch {
      return undefined;
    }
  }
}
