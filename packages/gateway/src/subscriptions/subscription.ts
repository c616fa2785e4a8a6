import {
  getArgumentValues,
  getVariableValues,
  type ExecutionResult,
  type FormattedExecutionResult,
  type GraphQLFormattedError,
} from 'graphql';
import type { SubscribePayload } from 'graphql-ws';
import { newRequestId } from '@kit/service';
import type { Logger } from 'pino';
import type { Identity } from '../request/identity.js';
import type { RequestContext } from '../request/request-context.js';
import { asUserInput } from '../subgraphs/subgraph-errors.js';
import type { SupergraphGateway } from '../schema/supergraph-gateway.js';
import { SharedReads } from '../request/shared-reads.js';
import type { UpstreamEvent } from '../request/upstream-event.js';
import type { Audiences } from './plan/audience.js';
import type { SubscriptionFigures } from '../telemetry/figures.js';
import type { ExecutorRequest } from '../request/executor-request.js';
import type { SubscriptionPlan } from '../request/plan.js';
import { roomKey } from './plan/room-key.js';
import type { RoomTopic } from './rooms/room-topic.js';
import type { Rooms } from './rooms/rooms.js';
import type { Upstream } from '../subgraphs/upstream.js';
import type { Membership, Watcher } from './rooms/watcher.js';

/** The dependencies that all subscriptions of a gateway share. */
export interface SubscriptionService {
  readonly gateway: SupergraphGateway;
  readonly rooms: Rooms;
  readonly audiences: Audiences;
  readonly figures: SubscriptionFigures;
  /** How long a lost upstream is retried, in milliseconds. */
  readonly retryWindowMs: number;
  readonly logger: Logger;
  format(result: ExecutionResult, requestId: string): FormattedExecutionResult;
  /** Runs an operation through the whole pipeline. */
  run(payload: SubscribePayload, identity: Identity): Promise<FormattedExecutionResult | Subscription>;
}

const NO_MEMBERSHIP: Membership = { resume: () => {}, leave: () => {} };

/** Stands in for the membership while a subscription is planned again. It does not retain the subscription. */
class PendingMembership implements Membership {
  membership: Membership | null = null;
  hasLeft = false;

  resume(): void {
    this.membership?.resume();
  }

  leave(): void {
    this.hasLeft = true;
    this.membership?.leave();
  }
}

/** An accepted GraphQL subscription, ready to join a room. */
export class Subscription {
  private readonly request: ExecutorRequest;

  constructor(
    private readonly plan: SubscriptionPlan,
    request: ExecutorRequest,
    private readonly upstream: Upstream,
    private readonly service: SubscriptionService,
  ) {
    this.request = retained(request);
  }

  /**
   * Adds the watcher to the room of this subscription. Events reach it only after this has returned.
   * @param lastSeen the cursor to resume from; takes precedence over the `after` argument
   */
  start(watcher: Watcher, lastSeen: string | null = null): Membership {
    if (this.plan.version < this.service.gateway.version) return this.replanAndStart(watcher, lastSeen);
    const topic = this.topic();
    if (!('key' in topic)) {
      watcher.rejected(topic);
      return NO_MEMBERSHIP;
    }
    return this.service.rooms.join(topic, this.startCursor(lastSeen), watcher);
  }

  /** Used when the supergraph was replaced after the subscription was accepted. */
  private replanAndStart(watcher: Watcher, lastSeen: string | null): Membership {
    const pending = new PendingMembership();
    this.replan(this.context.identity).then(
      (result) => {
        if (pending.hasLeft) return;
        if (result instanceof Subscription) pending.membership = result.start(watcher, lastSeen);
        else watcher.rejected(result);
      },
      (error: unknown) => {
        this.service.logger.error({ err: error }, 'a subscription could not be started under the new schema');
        if (!pending.hasLeft) watcher.cutOff('SUBSCRIPTION_UPSTREAM_LOST');
      },
    );
    return pending;
  }

  /**
   * Plans the same operation for the current supergraph.
   * @returns the errors if the current supergraph rejects the operation
   * @throws Error when planning fails for another reason
   */
  private async replan(identity: Identity): Promise<Subscription | readonly GraphQLFormattedError[]> {
    const { operationName, variables } = this.request.request;
    // A client may have sent only the hash of a persisted query, so send the text.
    const payload = { query: this.request.source, operationName, variables };
    const result = await this.service.run(payload, identity);
    if (result instanceof Subscription) return result;
    const { errors = [] } = result;
    if (errors.every(({ extensions }) => extensions?.['code'] === 'INTERNAL_SERVER_ERROR')) {
      throw new Error('the operation could not be planned again', { cause: errors });
    }
    return errors;
  }

  private get context(): RequestContext {
    return this.request.context as RequestContext;
  }

  private get variables(): Record<string, unknown> {
    return this.request.request.variables ?? {};
  }

  /** The cursor to start from. Null means now. */
  private startCursor(lastSeen: string | null): string | null {
    if (!this.plan.upstream.resumption) return null;
    return lastSeen ?? (this.arguments()['after'] as string | null | undefined) ?? null;
  }

  private arguments(): Record<string, unknown> {
    const { upstream, schema } = this.plan;
    const { variableDefinitions } = this.request.operation;
    const { coerced } = getVariableValues(schema.api, variableDefinitions ?? [], this.variables);
    return getArgumentValues(upstream.definition, upstream.field, coerced);
  }

  /** @returns the errors if the subscription cannot have a room */
  private topic(): RoomTopic | readonly GraphQLFormattedError[] {
    const { query, operationName, variables, resumption } = this.plan.upstream;
    const { key: sharingKey, auth } = this.service.audiences.of(this.context.identity, this.plan.audience);
    const key = roomKey(this.request, this.plan.afterVariable, sharingKey);
    if (typeof key !== 'string') return key;
    // Any watcher's request would do: nothing in it depends on the first watcher.
    const context = { identity: auth, requestId: this.context.requestId, reads: new SharedReads() };
    const request = { ...this.request, context };
    const given = this.variables;
    const used = variables.filter((name) => given[name] !== undefined);
    return {
      key,
      version: this.plan.version,
      upstream: this.upstream,
      request: {
        query,
        operationName,
        variables: Object.fromEntries(used.map((name) => [name, given[name]])),
      },
      auth,
      resumption,
      bookmarks: resumption !== null && this.arguments()['bookmarks'] === true,
      retryWindowMs: this.service.retryWindowMs,
      figures: this.service.figures,
      check: (event) => this.plan.upstream.shape.check(event),
      complete: (event) => this.complete(request, event),
      replan: async () => {
        const result = await this.replan(auth);
        return result instanceof Subscription ? result.topic() : result;
      },
      onFault: (error) => this.service.logger.error({ err: error }, 'unexpected error in a room'),
      format: (errors) => {
        const restored = errors.map((error) => this.withClientPath(asUserInput(error)));
        return this.service.format({ errors: restored as never }, newRequestId()).errors ?? [];
      },
    };
  }

  private withClientPath(error: GraphQLFormattedError): GraphQLFormattedError {
    const { path } = error;
    return path ? { ...error, path: this.plan.schema.externalPath(path) } : error;
  }

  /** Each event has its own request id when it is completed from the other subgraphs. */
  private async complete(request: ExecutorRequest, event: UpstreamEvent): Promise<FormattedExecutionResult> {
    const requestId = newRequestId();
    const eventRequest = { ...request, context: { ...(request.context as RequestContext), requestId } };
    try {
      return this.service.format(
        await this.service.gateway.complete(this.plan, eventRequest, event),
        requestId,
      );
    } catch (error) {
      return this.service.format({ errors: [error as never] }, requestId);
    }
  }
}

/** The part of a request that a subscription keeps: no transport data, and only variables that the document declares. */
function retained(request: ExecutorRequest): ExecutorRequest {
  const { variables: given = {}, operationName } = request.request;
  const names = request.operation.variableDefinitions?.map(({ variable }) => variable.name.value) ?? [];
  const variables = Object.fromEntries(
    names
      .filter((name) => Object.hasOwn(given, name) && given[name] !== undefined)
      .map((name) => [name, given[name]]),
  );
  const { identity, requestId } = request.context as RequestContext;
  return {
    ...request,
    request: { variables, ...(operationName !== undefined && { operationName }) },
    context: { identity, requestId } satisfies RequestContext,
  };
}
