import { setTimeout as delay } from 'node:timers/promises';
import type { GraphQLError } from '../harness/http.js';
import type { LastingSession } from '../harness/lasting-session.js';
import type { Random } from './random.js';
import type { Named } from './truth.js';

const ANSWER_MS = 5_000;
const RETRY_MS = 50;
/** Every addition is completed once in each room at each gateway: more of them than that, and watchers fall behind. */
const LONGEST_PAUSE_MS = 120;

/** Some of whom a text filter finds. */
const NAMES = ['Ada Example', 'Grace Example', 'Linus Example'];

const ADD = `mutation ($input: AddSubscriberInput!) {
  addSubscriber(input: $input) { created subscriber { id } userErrors { code } }
}`;

interface AddAnswer {
  data?: { addSubscriber: { created: boolean; subscriber: { id: string } | null } | null } | null;
  errors?: GraphQLError[];
}

export interface WriterOptions {
  /** Part of each address. */
  readonly name: string;
  /** In whose name the writer adds. */
  readonly session: Pick<LastingSession, 'accessToken'>;
  /** The address of a gateway, another one each time. */
  readonly url: () => string;
  readonly random: Random;
}

/** Adds one new address after the other, each again and again until a gateway acknowledges it, as its key allows. */
export class Writer {
  /** Those whom a gateway answered to have created. */
  readonly acknowledged: Named[] = [];
  /** Why additions had to be tried again: codes of errors, or that there was no answer. */
  readonly setbacks: string[] = [];
  /** An answer that no addition of a new address may get. */
  fault: unknown;
  private stopped = false;
  private done: Promise<void> | undefined;

  constructor(private readonly options: WriterOptions) {}

  start(): void {
    this.done = this.write().catch((error: unknown) => void (this.fault = error));
  }

  async stop(): Promise<void> {
    this.stopped = true;
    await this.done;
  }

  private async write(): Promise<void> {
    const { name, random } = this.options;
    for (let number = 1; !this.stopped; number += 1) {
      const email = `${name}-${number}@example.com`;
      const input = { email, name: random.oneOf(NAMES), idempotencyKey: email };
      while (!this.stopped && !(await this.add(input))) await delay(RETRY_MS);
      await delay(random.below(LONGEST_PAUSE_MS));
    }
  }

  /** Answers whether it was acknowledged; a repeated addition is answered as the first one was to be. */
  private async add(input: { email: string }): Promise<boolean> {
    const answer = await this.post(input);
    const added = answer?.data?.addSubscriber;
    if (added?.created && added.subscriber) {
      this.acknowledged.push({ id: added.subscriber.id, email: input.email });
      return true;
    }
    if (added) throw new Error(`${input.email}, a new address, was answered ${JSON.stringify(answer)}`);
    const codes = answer?.errors?.map(({ extensions }) => extensions.code);
    this.setbacks.push(codes?.join(' and ') ?? 'no answer');
    return false;
  }

  private async post(input: object): Promise<AddAnswer | undefined> {
    const { session, url } = this.options;
    try {
      const response = await fetch(url(), {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${session.accessToken}` },
        body: JSON.stringify({ query: ADD, variables: { input } }),
        signal: AbortSignal.timeout(ANSWER_MS),
      });
      return (await response.json()) as AddAnswer;
    } catch {
      return undefined;
    }
  }
}
