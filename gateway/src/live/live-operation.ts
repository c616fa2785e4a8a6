import { createHash } from 'node:crypto';
import {
  getArgumentValues,
  getVariableValues,
  type ExecutionResult,
  type FormattedExecutionResult,
} from 'graphql';
import { newRequestId } from '@supergraph/service/request-id';
import type { Logger } from 'pino';
import type { RequestContext } from '../request-context.js';
import { asUserInput, badUserInput } from '../supergraph/subgraph-errors.js';
import type { SupergraphGateway, UpstreamEvent } from '../supergraph/supergraph-gateway.js';
import type { Audiences } from './audience.js';
import { canonicalJson } from './canonical-json.js';
import type { ExecutorRequest, LivePlan } from './plan.js';
import type { Membership, RoomTopic, Watcher } from './room.js';
import type { Rooms } from './rooms.js';
import type { Upstream } from './upstream.js';

/** What live operations of one gateway have in common. */
export interface LiveService {
  readonly gateway: SupergraphGateway;
  readonly rooms: Rooms;
  readonly audiences: Audiences;
  /** For how long a lost upstream is tried again, in milliseconds. */
  readonly retryWindowMs: number;
  readonly logger: Logger;
  format(result: ExecutionResult, requestId: string): FormattedExecutionResult;
}

const NOWHERE: Membership = { resume: () => {}, leave: () => {} };

/** A subscription that was accepted. */
export class LiveOperation {
  constructor(
    private readonly plan: LivePlan,
    private readonly request: ExecutorRequest,
    private readonly upstream: Upstream,
    private readonly service: LiveService,
  ) {}

  /**
   * Has the watcher join the room of this operation. Events reach it after this has returned.
   * @param lastSeen the cursor to go on from, where the transport knows better than the operation
   */
  start(watcher: Watcher, lastSeen: string | null = null): Membership {
    const { key, actsAs } = this.service.audiences.of(this.#context.identity, this.plan.audience);
    const room = this.#roomKey(key);
    if (room === null) {
      watcher.refused([badUserInput('The variables are nested too deeply.')]);
      return NOWHERE;
    }
    const { after, bookmarks } = this.#position(lastSeen);
    // Everybody in the room would do: nothing in it depends on who was first.
    const context: RequestContext = { identity: actsAs, requestId: this.#context.requestId };
    const request = { ...this.request, context };
    return this.service.rooms.join(room, this.#topic(request, bookmarks), after, watcher);
  }

  /** Equal for what may share a room; null when the variables cannot be written. */
  #roomKey(company: string): string | null {
    const { generation, afterVariable } = this.plan;
    const { queryHash, request } = this.request;
    const variables = Object.entries(this.#variables).filter(([name]) => name !== afterVariable);
    const parts = [
      generation,
      queryHash,
      request.operationName ?? null,
      Object.fromEntries(variables),
      company,
    ];
    try {
      // Hashed, since variables may be as long as a message.
      return createHash('sha256').update(canonicalJson(parts)).digest('base64');
    } catch {
      return null;
    }
  }

  get #context(): RequestContext {
    return this.request.context as RequestContext;
  }

  get #variables(): Record<string, unknown> {
    return this.request.request.variables ?? {};
  }

  /** Where the client wants to start, and whether it wants bookmarks. */
  #position(lastSeen: string | null): { after: string | null; bookmarks: boolean } {
    const { upstream, schema } = this.plan;
    if (!upstream.resumption) return { after: null, bookmarks: false };
    const { variableDefinitions } = this.request.operation;
    const { coerced } = getVariableValues(schema.graphql, variableDefinitions ?? [], this.#variables);
    const { after, bookmarks } = getArgumentValues(upstream.definition, upstream.field, coerced);
    return { after: lastSeen ?? (after as string | null | undefined) ?? null, bookmarks: bookmarks === true };
  }

  #topic(request: ExecutorRequest, bookmarks: boolean): RoomTopic {
    const { query, operationName, variables, resumption } = this.plan.upstream;
    const given = this.#variables;
    const used = variables.filter((name) => given[name] !== undefined);
    const { identity } = request.context as RequestContext;
    return {
      upstream: this.upstream,
      request: {
        query,
        operationName,
        variables: Object.fromEntries(used.map((name) => [name, given[name]])),
      },
      actsAs: identity,
      resumption,
      bookmarks,
      retryWindowMs: this.service.retryWindowMs,
      complete: (event) => this.#complete(request, event),
      onFault: (error) => this.service.logger.error({ err: error }, 'a room could not go on'),
      format: (errors) =>
        this.service.format({ errors: errors.map(asUserInput) as never }, newRequestId()).errors ?? [],
    };
  }

  /** Each event is a request of its own to the other subgraphs, with an id of its own. */
  async #complete(request: ExecutorRequest, event: UpstreamEvent): Promise<FormattedExecutionResult> {
    const requestId = newRequestId();
    const once = { ...request, context: { ...(request.context as RequestContext), requestId } };
    try {
      return this.service.format(await this.service.gateway.complete(this.plan, once, event), requestId);
    } catch (error) {
      return this.service.format({ errors: [error as never] }, requestId);
    }
  }
}
