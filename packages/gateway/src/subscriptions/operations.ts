import {
  GraphQLError,
  type ExecutionResult,
  type FormattedExecutionResult,
  type GraphQLFormattedError,
} from 'graphql';
import type { SubscribePayload } from 'graphql-ws';
import type { Logger } from 'pino';
import { type ErrorFormatter, internalError, newRequestId } from '@kit/service';

import { belongsTo } from '../request/error-request-ids.js';
import type { RequestContext } from '../request/request-context.js';
import type { OperationPipeline } from '../schema/operation-pipeline.js';
import type { SupergraphGateway } from '../schema/supergraph-gateway.js';
import { Audiences } from './plan/audience.js';
import type { SubscriptionFigures } from '../telemetry/figures.js';
import { Subscription, type SubscriptionService } from './subscription.js';
import type { PreparedSubscription, SubscriptionSlot } from '../request/plan.js';
import { Rooms } from './rooms/rooms.js';
import type { Upstream } from '../subgraphs/upstream.js';

export interface RunOptions {
  readonly pipeline: OperationPipeline;
  readonly gateway: SupergraphGateway;
  /** The subscriptions at each subgraph, by its name. */
  readonly upstreams: ReadonlyMap<string, Upstream>;
  readonly formatError: ErrorFormatter;
  /** How long a lost upstream is retried, in milliseconds. */
  readonly retryWindowMs: number;
  readonly figures: SubscriptionFigures;
  readonly logger: Logger;
}

/** Runs operations that arrive over the subscription transports through the same pipeline as plain HTTP. */
export class Operations {
  readonly rooms = new Rooms();
  private readonly service: SubscriptionService;

  constructor(private readonly options: RunOptions) {
    const { gateway, figures, retryWindowMs, logger } = options;
    this.service = {
      gateway,
      rooms: this.rooms,
      audiences: new Audiences(),
      figures,
      retryWindowMs,
      logger,
      format: (result, requestId) => this.format(result, requestId),
      run: (payload, identity) => this.run(payload, { identity, requestId: newRequestId() }),
    };
  }

  get figures(): SubscriptionFigures {
    return this.options.figures;
  }

  get upstreams(): RunOptions['upstreams'] {
    return this.options.upstreams;
  }

  /** The number of open upstream subscriptions, over all subgraphs. */
  get activeUpstreams(): number {
    return [...this.upstreams.values()].reduce((sum, { active }) => sum + active, 0);
  }

  /**
   * @param from the caller and the origin of the request
   * @returns the result of a query or mutation, the errors of a rejected request, or a subscription ready to start
   */
  async run(
    payload: SubscribePayload,
    from: Pick<RequestContext, 'identity' | 'requestId' | 'origin'>,
  ): Promise<FormattedExecutionResult | Subscription> {
    const slot: SubscriptionSlot = {};
    try {
      const { result } = await this.options.pipeline.run(payload, { ...from, slot });
      return slot.prepared ? this.subscription(slot.prepared) : result;
    } catch (error) {
      return this.format({ errors: [error as never] }, from.requestId);
    }
  }

  /** @throws Error when the subgraph of the plan has no upstream */
  subscription({ plan, request }: PreparedSubscription): Subscription {
    const { serviceName } = plan.primary;
    const upstream = this.upstreams.get(serviceName);
    if (!upstream) throw new Error(`no upstream for the subgraph ${serviceName}`);
    return new Subscription(plan, request, upstream, this.service);
  }

  /** An executor's errors are GraphQLErrors, network errors, or a subgraph's plain objects. Clients get one format. */
  private format({ data, errors }: ExecutionResult, requestId: string): FormattedExecutionResult {
    const formatted = errors?.map((thrown: object) => {
      belongsTo(requestId, thrown);
      if (thrown instanceof GraphQLError) return this.options.formatError(thrown.toJSON(), thrown);
      if (thrown instanceof Error) return this.options.formatError(internalError(requestId), thrown);
      return this.options.formatError(thrown as GraphQLFormattedError, thrown);
    });
    return { ...(data !== undefined && { data }), ...(formatted && { errors: formatted }) };
  }
}
