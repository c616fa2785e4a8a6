import { setTimeout as delay } from 'node:timers/promises';
import type { GraphQLError } from '../harness/http.js';
import type { Person } from '../harness/people.js';
import type { Identity } from './oracle.js';
import type { Random } from './random.js';

const TIMEOUT_MS = 5_000;
const RETRY_MS = 50;
/** With more additions a second, watchers would fall behind: each gateway completes each event once per room. */
const LONGEST_PAUSE_MS = 120;

/** A text filter matches some of them. */
const NAMES = ['Ada Example', 'Grace Example', 'Linus Example'];

const ADD = `mutation ($input: AddSubscriberInput!) {
  addSubscriber(input: $input) { created subscriber { id } userErrors { code } }
}`;

interface AddResponse {
  data?: { addSubscriber: { created: boolean; subscriber: { id: string } | null } | null } | null;
  errors?: GraphQLError[];
}

export interface WriterOptions {
  /** Part of each address. */
  readonly name: string;
  readonly user: Pick<Person, 'accessToken'>;
  /** Returns the address of a gateway for each request. */
  readonly url: () => string;
  readonly random: Random;
}

/** Adds one address after another. It repeats each addition with its idempotency key until it is acknowledged. */
export class Writer {
  readonly acknowledged: Identity[] = [];
  /** The error codes of failed attempts, or `no response`. */
  readonly setbacks: string[] = [];
  /** The error that stopped it. */
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

  /** Returns whether the addition was acknowledged. A repeated one gets the response of the first. */
  private async add(input: { email: string }): Promise<boolean> {
    const response = await this.post(input);
    const added = response?.data?.addSubscriber;
    if (added?.created && added.subscriber) {
      this.acknowledged.push({ id: added.subscriber.id, email: input.email });
      return true;
    }
    if (added) throw new Error(`unexpected response for ${input.email}: ${JSON.stringify(response)}`);
    const codes = response?.errors?.map(({ extensions }) => extensions.code);
    this.setbacks.push(codes?.join(' and ') ?? 'no response');
    return false;
  }

  private async post(input: object): Promise<AddResponse | undefined> {
    const { user, url } = this.options;
    try {
      const response = await fetch(url(), {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${user.accessToken}` },
        body: JSON.stringify({ query: ADD, variables: { input } }),
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      return (await response.json()) as AddResponse;
    } catch {
      return undefined;
    }
  }
}
