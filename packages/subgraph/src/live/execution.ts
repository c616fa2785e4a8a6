import { withRequestId } from '@kit/service';
import { createSourceEventStream, execute, type ExecutionArgs, type ExecutionResult } from 'graphql';
import type { SubgraphContext } from '../graphql.js';
import { isSendable, ResultTooLarge } from './result-size.js';
import type { ClientErrors } from './client-errors.js';

/** Each operation of a socket has its own token and request id, because one socket serves many viewers. */
export interface LiveContext extends SubgraphContext {
  readonly requestId: string;
}

/** Runs operations under their request ids. Errors are masked and are part of the result: no method rejects. */
export class LiveExecution {
  constructor(private readonly toClient: ClientErrors) {}

  async execute(args: ExecutionArgs): Promise<ExecutionResult> {
    const result = await this.run(args);
    return isSendable(result) ? result : { errors: [this.toClient(new ResultTooLarge())] };
  }

  private async run(args: ExecutionArgs): Promise<ExecutionResult> {
    return withRequestId(requestIdOf(args), async () => {
      try {
        return this.seenByClient(await execute(args));
      } catch (error) {
        return { errors: [this.toClient(error)] };
      }
    });
  }

  /**
   * Like graphql-js's `subscribe` (GraphQL specification, section 6.2.3), but each event has its own context, so that
   * caches under a context, such as loaders, are not older than the event. An event that is too large ends the
   * operation.
   */
  async subscribe(args: ExecutionArgs): Promise<ExecutionResult | AsyncIterableIterator<ExecutionResult>> {
    return withRequestId(requestIdOf(args), async () => {
      try {
        const source = await createSourceEventStream(args);
        return Symbol.asyncIterator in source ? this.executeEach(source, args) : this.seenByClient(source);
      } catch (error) {
        return { errors: [this.toClient(error)] };
      }
    });
  }

  private executeEach(
    source: AsyncIterable<unknown>,
    args: ExecutionArgs,
  ): AsyncIterableIterator<ExecutionResult> {
    const events = source[Symbol.asyncIterator]();
    const next = async (): Promise<IteratorResult<ExecutionResult>> => {
      const event = await events.next().catch((error: unknown) => {
        throw withRequestId(requestIdOf(args), () => this.toClient(error));
      });
      if (event.done) return { value: undefined, done: true };
      const contextValue = { ...(args.contextValue as LiveContext) };
      const value = await this.run({ ...args, rootValue: event.value, contextValue });
      if (isSendable(value)) return { value, done: false };
      await events.return?.();
      throw this.toClient(new ResultTooLarge());
    };
    return {
      next,
      async return() {
        await events.return?.();
        return { value: undefined, done: true };
      },
      [Symbol.asyncIterator]() {
        return this;
      },
    };
  }

  private seenByClient({ errors, ...result }: ExecutionResult): ExecutionResult {
    return errors ? { ...result, errors: errors.map(this.toClient) } : result;
  }
}

function requestIdOf({ contextValue }: ExecutionArgs): string {
  return (contextValue as LiveContext).requestId;
}
