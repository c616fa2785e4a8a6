import type { ExecutionResult, FormattedExecutionResult, GraphQLFormattedError } from 'graphql';
import { newRequestId } from '@supergraph/service/request-id';
import type { RequestContext } from '../request-context.js';
import type { SupergraphGateway, UpstreamEvent } from '../supergraph/supergraph-gateway.js';
import { asUserInput } from '../supergraph/subgraph-errors.js';
import type { ExecutorRequest, LivePlan } from './plan.js';
import type { Upstream } from './upstream.js';

/** Events that may wait for their completion, so that a fast source cannot fill the memory. */
const MOST_WAITING = 1_000;

/** Why a live operation ended although neither side wanted it to. */
export type Ending = 'SUBSCRIPTION_UPSTREAM_LOST' | 'SUBSCRIPTION_LAGGED';

/** Who watches, as a transport implements it. After any call but `next` nothing more comes. */
export interface Watcher {
  next(result: FormattedExecutionResult): void;
  refused(errors: readonly GraphQLFormattedError[]): void;
  complete(): void;
  cutOff(why: Ending): void;
}

/** A subscription that was accepted: events from upstream, each completed from the other subgraphs, in order. */
export class LiveOperation {
  constructor(
    private readonly plan: LivePlan,
    private readonly request: ExecutorRequest,
    private readonly upstream: Upstream,
    private readonly gateway: SupergraphGateway,
    private readonly format: (result: ExecutionResult, requestId: string) => FormattedExecutionResult,
  ) {}

  /** Subscribes upstream; the returned function ends it at once, and nothing reaches the watcher after it. */
  start(watcher: Watcher): () => void {
    let stopped = false;
    let waiting = 0;
    let completions = Promise.resolve();
    const stop = () => {
      stopped = true;
      unsubscribe();
    };
    const afterCompletions = (tell: () => void) => {
      completions = completions.then(() => {
        if (!stopped) tell();
        stopped = true;
      });
    };
    const unsubscribe = this.upstream.subscribe(this.#upstreamRequest(), this.#context.identity, {
      next: (event) => {
        if (stopped) return;
        waiting += 1;
        if (waiting > MOST_WAITING) {
          // What waits is completed yet, so that who comes back with a cursor has got on, however much was missed.
          unsubscribe();
          afterCompletions(() => watcher.cutOff('SUBSCRIPTION_LAGGED'));
          return;
        }
        completions = completions.then(async () => {
          const result = stopped ? null : await this.#complete(event);
          waiting -= 1;
          if (result && !stopped) watcher.next(result);
        });
      },
      refused: (errors) =>
        afterCompletions(() => {
          const refusal = this.format({ errors: errors.map(asUserInput) as never }, this.#context.requestId);
          watcher.refused(refusal.errors ?? []);
        }),
      complete: () => afterCompletions(() => watcher.complete()),
      lost: () => afterCompletions(() => watcher.cutOff('SUBSCRIPTION_UPSTREAM_LOST')),
    });
    return stop;
  }

  get #context(): RequestContext {
    return this.request.context as RequestContext;
  }

  #upstreamRequest() {
    const { primary } = this.plan;
    const given = this.request.request.variables ?? {};
    const used = (primary.variableUsages ?? []).filter((name) => given[name] !== undefined);
    return {
      query: primary.operation,
      operationName: primary.operationName,
      variables: Object.fromEntries(used.map((name) => [name, given[name]])),
    };
  }

  /** Each event is a request of its own to the other subgraphs, with an id of its own. */
  async #complete(event: UpstreamEvent): Promise<FormattedExecutionResult> {
    const requestId = newRequestId();
    const request = { ...this.request, context: { ...this.#context, requestId } };
    try {
      return this.format(await this.gateway.complete(this.plan, request, event), requestId);
    } catch (error) {
      return this.format({ errors: [error as never] }, requestId);
    }
  }
}
