import {
  getArgumentValues,
  getVariableValues,
  type ExecutionResult,
  type FormattedExecutionResult,
  type GraphQLFormattedError,
} from 'graphql';
import type { SubscribePayload } from 'graphql-ws';
import { newRequestId } from '@supergraph/service/request-id';
import type { Logger } from 'pino';
import type { Identity } from '../identity/identity.js';
import type { RequestContext } from '../request-context.js';
import { asUserInput } from '../supergraph/subgraph-errors.js';
import type { SupergraphGateway } from '../supergraph/supergraph-gateway.js';
import type { UpstreamEvent } from './plan/upstream-event.js';
import type { Audiences } from './plan/audience.js';
import type { LiveFigures } from './metrics/figures.js';
import type { ExecutorRequest, SubscriptionPlan } from './plan/plan.js';
import { roomKey } from './plan/room-key.js';
import type { RoomTopic } from './rooms/room-topic.js';
import type { Rooms } from './rooms/rooms.js';
import type { Upstream } from './rooms/upstream.js';
import type { Membership, Watcher } from './rooms/watcher.js';

/** What live operations of one gateway have in common. */
export interface SubscriptionService {
  readonly gateway: SupergraphGateway;
  readonly rooms: Rooms;
  readonly audiences: Audiences;
  readonly figures: LiveFigures;
  /** For how long a lost upstream is tried again, in milliseconds. */
  readonly retryWindowMs: number;
  readonly logger: Logger;
  format(result: ExecutionResult, requestId: string): FormattedExecutionResult;
  /** Runs an operation through the whole pipeline. */
  run(payload: SubscribePayload, identity: Identity): Promise<FormattedExecutionResult | Subscription>;
}

const NOWHERE: Membership = { resume: () => {}, leave: () => {} };

/** The membership of an operation that is being run again. It lasts long, and holds nothing of the operation. */
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

/** A subscription that was accepted. */
export class Subscription {
  private readonly request: ExecutorRequest;

  constructor(
    private readonly plan: SubscriptionPlan,
    request: ExecutorRequest,
    private readonly upstream: Upstream,
    private readonly service: SubscriptionService,
  ) {
    this.request = lasting(request);
  }

  /**
   * Has the watcher join the room of this operation. Events reach it after this has returned.
   * @param lastSeen the cursor to go on from, where the transport knows better than the operation
   */
  start(watcher: Watcher, lastSeen: string | null = null): Membership {
    if (this.plan.version < this.service.gateway.version) return this.startAnew(watcher, lastSeen);
    const topic = this.topic();
    if (!('key' in topic)) {
      watcher.refused(topic);
      return NOWHERE;
    }
    return this.service.rooms.join(topic, this.after(lastSeen), watcher);
  }

  /** For an operation that was accepted under a supergraph that has been replaced since. */
  private startAnew(watcher: Watcher, lastSeen: string | null): Membership {
    const pending = new PendingMembership();
    this.runAgain(this.context.identity).then(
      (result) => {
        if (pending.hasLeft) return;
        if (result instanceof Subscription) pending.membership = result.start(watcher, lastSeen);
        else watcher.refused(result);
      },
      (error: unknown) => {
        this.service.logger.error({ err: error }, 'an operation could not be started anew');
        if (!pending.hasLeft) watcher.cutOff('SUBSCRIPTION_UPSTREAM_LOST');
      },
    );
    return pending;
  }

  /** The same operation in the supergraph of now, or why that turns it away. */
  private async runAgain(identity: Identity): Promise<Subscription | readonly GraphQLFormattedError[]> {
    const { operationName, variables } = this.request.request;
    // With its text: of a persisted query clients may have sent no more than the hash.
    const payload = { query: this.request.source, operationName, variables };
    const result = await this.service.run(payload, identity);
    if (result instanceof Subscription) return result;
    const { errors = [] } = result;
    if (errors.every(({ extensions }) => extensions?.['code'] === 'INTERNAL_SERVER_ERROR')) {
      throw new Error('the operation could not be run again', { cause: errors });
    }
    return errors;
  }

  private get context(): RequestContext {
    return this.request.context as RequestContext;
  }

  private get variables(): Record<string, unknown> {
    return this.request.request.variables ?? {};
  }

  /** Where the client wants to start. */
  private after(lastSeen: string | null): string | null {
    if (!this.plan.upstream.resumption) return null;
    return lastSeen ?? (this.arguments()['after'] as string | null | undefined) ?? null;
  }

  private arguments(): Record<string, unknown> {
    const { upstream, schema } = this.plan;
    const { variableDefinitions } = this.request.operation;
    const { coerced } = getVariableValues(schema.graphql, variableDefinitions ?? [], this.variables);
    return getArgumentValues(upstream.definition, upstream.field, coerced);
  }

  /** What the room of this operation is about; why it cannot have one otherwise. */
  private topic(): RoomTopic | readonly GraphQLFormattedError[] {
    const { query, operationName, variables, resumption } = this.plan.upstream;
    const { key: sharing, auth } = this.service.audiences.of(this.context.identity, this.plan.audience);
    const key = roomKey(this.request, this.plan.afterVariable, sharing);
    if (typeof key !== 'string') return key;
    // Everybody in the room would do: nothing in it depends on who was first.
    const request = { ...this.request, context: { identity: auth, requestId: this.context.requestId } };
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
        const result = await this.runAgain(auth);
        return result instanceof Subscription ? result.topic() : result;
      },
      onFault: (error) => this.service.logger.error({ err: error }, 'a room could not go on'),
      format: (errors) => {
        const told = this.plan.restore({ errors: errors.map(asUserInput) as never });
        return this.service.format(told, newRequestId()).errors ?? [];
      },
    };
  }

  /** Each event is a request of its own to the other subgraphs, with an id of its own. */
  private async complete(request: ExecutorRequest, event: UpstreamEvent): Promise<FormattedExecutionResult> {
    const requestId = newRequestId();
    const once = { ...request, context: { ...(request.context as RequestContext), requestId } };
    try {
      return this.service.format(await this.service.gateway.complete(this.plan, once, event), requestId);
    } catch (error) {
      return this.service.format({ errors: [error as never] }, requestId);
    }
  }
}

/** The request without what only its transport knows, and without variables that the document does not declare. */
function lasting(request: ExecutorRequest): ExecutorRequest {
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
