import { afterEach, beforeEach } from '@jest/globals';
import { ANONYMOUS, type AuthContext } from '@kit/auth';
import type { FormattedExecutionResult } from 'graphql';
import type { Logger } from 'pino';
import { Operations } from '../../../subscriptions/operations.js';
import { SubscriptionFigures } from '../../../telemetry/figures.js';
import { ScriptedUpstream } from '../../../subscriptions/rooms/testing/scripted-upstream.js';
import type { Upstream } from '../../../subgraphs/upstream.js';
import { OperationPipeline } from '../../../schema/operation-pipeline.js';
import { SupergraphGateway } from '../../../schema/supergraph-gateway.js';
import { OperationRules } from '../../operation-rules.js';
import { openSubgraphs } from './open-subgraphs.js';
import { mutations, subgraphs } from './people-and-orders.js';

const quiet = { debug() {}, info() {}, warn() {}, error() {} } as unknown as Logger;

/** A gateway to subgraphs that check nothing, created for each test. */
export class CheckedGateway {
  private readonly subgraphs = openSubgraphs(subgraphs);
  /** Receives the upstream subscriptions. */
  readonly upstream = new ScriptedUpstream();
  gateway!: SupergraphGateway;
  operations!: Operations;
  private pipeline!: OperationPipeline;

  constructor() {
    beforeEach(() => this.start());
    afterEach(() => this.pipeline.server.stop());
  }

  /** The requests to subgraphs in this test, in order. */
  get requests(): string[] {
    return this.subgraphs.requests;
  }

  async query(text: string, identity: AuthContext = ANONYMOUS, variables = {}) {
    const contextValue = { identity, requestId: 'r' };
    const { result } = await this.pipeline.run({ query: text, variables }, contextValue);
    const { data, errors } = result;
    return { data, errors: errorSummaries(errors) };
  }

  private async start(): Promise<void> {
    const { dataSources, supergraphSdl } = this.subgraphs;
    this.gateway = new SupergraphGateway({
      supergraphSdl,
      dataSourceOf: (name) => dataSources[name]!,
      logger: quiet,
    });
    const settings = { production: false, cost: 5_000, persistedOperations: null };
    const rules = new OperationRules(settings, quiet);
    this.pipeline = new OperationPipeline(this.gateway, rules, quiet);
    await this.pipeline.server.start();
    const upstreams = new Map([['people', this.upstream as unknown as Upstream]]);
    this.operations = new Operations({
      pipeline: this.pipeline,
      gateway: this.gateway,
      upstreams,
      formatError: rules.formatError,
      retryWindowMs: 1_000,
      figures: new SubscriptionFigures(),
      logger: quiet,
    });
    this.requests.length = 0;
    mutations.done = 0;
  }
}

/** Path, code and missing scopes of each error. */
export function errorSummaries(errors: FormattedExecutionResult['errors']) {
  return errors?.map(({ path, extensions }) => [
    path?.join('.'),
    extensions?.['code'],
    extensions?.['missingScopes'],
  ]);
}

export function person(...scopes: string[]): AuthContext {
  return { viewer: { userId: 'u', sessionId: 's' }, scopes: new Set(scopes) };
}
