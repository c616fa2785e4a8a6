import type { FetchNode } from '@apollo/query-planner';
import { OperationTypeNode, parse, type GraphQLFormattedError } from 'graphql';
import { ResultShape, type GraphQLResult } from '../answer/graphql-result.js';
import type { CodeBudget } from '../code/source.js';
import type { ExecutableSchema } from '../executable-schema.js';
import type { Execution } from '../execution.js';
import { depthOfNull, EACH_ITEM, type Path } from '../known-errors.js';
import { own, type Data } from '../own.js';
import type { ConditionValues } from '../conditions.js';
import type { Step } from '../step.js';
import type { Fetch } from './fetch.js';
import { FetchRepresentations } from './fetch-representations.js';
import { asGraphQLError } from './as-graphql-error.js';
import { mergeEntity, mergeInto } from './merge.js';
import { entitiesIn } from './entities.js';
import { EntityPlaces } from './entity-places.js';
import type { Representations } from './representations.js';
import { rewrite } from './rewrites.js';
import { RootFields, type SelectedRoots } from './root-fields.js';
import { objectsAt, placesAt, withoutTypes, type PlanPath } from './targets.js';
import { variablesJson } from './variables-json.js';

/** One fetch of a plan, prepared: its request, the check of its answer, and the objects that the answer belongs to. */
export class FetchStep {
  private readonly fetch: Fetch;
  private readonly shape: ResultShape;
  /** The request's JSON up to its variables. */
  private readonly head: string;
  private readonly representations: FetchRepresentations;
  /** The keys that answers have in place of those of the response. */
  private readonly renamed: ReadonlyMap<string, string>;
  private readonly roots: RootFields;
  private uses = 0;

  /**
   * @param path of the objects that the answer belongs to
   * @param order the place of the fetch in the plan
   */
  constructor(
    private readonly node: FetchNode,
    private readonly path: PlanPath,
    private readonly order: number,
    private readonly schema: ExecutableSchema,
    private readonly budget: CodeBudget,
  ) {
    const { serviceName, operation, operationName, operationKind } = node;
    const document = parse(operation, { noLocation: true });
    this.shape = new ResultShape(document, schema.api, schema.inconsistentTypes);
    const mutations = operationKind === OperationTypeNode.MUTATION ? schema.api.getMutationType() : null;
    this.roots = new RootFields(document, mutations, schema.keys);
    this.fetch = { subgraph: serviceName, operation, kind: operationKind, rootFields: this.roots.names };
    const name = operationName === undefined ? '' : `,"operationName":${JSON.stringify(operationName)}`;
    this.head = `{"query":${JSON.stringify(operation)}${name}`;
    this.representations = new FetchRepresentations(node, document, schema);
    const renamers = (node.outputRewrites ?? []).filter((each) => each.kind === 'KeyRenamer');
    this.renamed = new Map(renamers.map(({ path: from, renameKeyTo }) => [from.at(-1)!, renameKeyTo]));
  }

  /**
   * Fetches, and merges the answer into the data of the execution. The function never rejects.
   * @returns null when the conditions leave out all that is fetched
   */
  under(values: ConditionValues): Step | null {
    if (this.roots.areLeftOut(values)) return null;
    const representations = this.representations.under(values);
    const roots = this.roots.under(values);
    return (execution) => this.run(execution, representations, roots);
  }

  private async run<Context>(
    execution: Execution<Context>,
    representations: Representations | null,
    roots: SelectedRoots,
  ): Promise<void> {
    if (execution.isOver) return;
    this.uses += 1;
    // Documents that are used once are not worth the time to compile.
    if (this.uses === 2) this.shape.compile(this.budget);
    try {
      if (representations) await this.fetchEntities(representations, execution);
      else await this.fetchRoot(execution, roots);
    } catch (error) {
      execution.addError(this.order, asGraphQLError(error, undefined));
      execution.addMissing(this.external(withoutTypes(this.path)));
    }
  }

  private async fetchRoot<Context>(
    execution: Execution<Context>,
    { keys, nonNull }: SelectedRoots,
  ): Promise<void> {
    if (objectsAt(execution.data, this.path).length === 0) return;
    const { variables, event } = execution.options;
    const json = variablesJson(this.node.variableUsages ?? [], variables, this.schema.keys);
    const request = `${this.head}${json && `,"variables":{${json}}`}}`;
    const places = () =>
      [...placesAt(execution.data, this.path).values()].flatMap((place) =>
        keys.map((key) => [...place, key]),
      );
    const result = event && this.order === 0 ? event : await this.send(execution, request, [], places);
    // Its errors explain all nulls. Those about the whole request have no path.
    if (result && !result.data) for (const place of places()) execution.addMissing(this.external(place));
    if (result) this.take(result, execution);
    // As in GraphQL's own execution, a mutation without a result that it must have is the last one.
    if (nonNull.some((key) => own(execution.data, key) == null)) execution.isOver = true;
  }

  private take<Context>({ data, errors }: GraphQLResult, execution: Execution<Context>): void {
    let places: readonly Path[] | undefined;
    for (const error of errors ?? []) {
      const { path } = error;
      places ??= [...placesAt(execution.data, this.path).values()];
      const depth = depthOfNull(data, path ?? []);
      if (path)
        for (const place of places)
          this.addError(execution, error, [...place, ...path], place.length + depth);
      else this.addError(execution, error, undefined);
    }
    if (!data) return;
    this.rewrite(data);
    const targets = objectsAt(execution.data, this.path);
    const isFirst = this.path.length === 0 && Object.keys(execution.data).length === 0;
    if (isFirst) execution.data = data;
    else targets.forEach((target, n) => mergeInto(target, data, n < targets.length - 1));
  }

  private async fetchEntities<Context>(
    representations: Representations,
    execution: Execution<Context>,
  ): Promise<void> {
    const entities = entitiesIn(objectsAt(execution.data, this.path), representations);
    const { targets, indices, types } = entities;
    if (targets.length === 0) return;
    const { variables } = execution.options;
    const json = variablesJson(this.node.variableUsages ?? [], variables, this.schema.keys);
    const request = `${this.head},"variables":{"representations":[${entities.json}]${json && ','}${json}}}`;
    const places = new EntityPlaces(entities, execution.data, this.path);
    const result = await this.send(execution, request, types, () => places.of(0).slice(0, 1));
    if (!result?.data) execution.addMissing(this.external(withoutTypes(this.path)));
    if (!result) return;
    const answers = result.data?.['_entities'] as readonly (Data | null)[] | undefined;
    for (const error of result.errors ?? []) {
      const [root, index, ...rest] = error.path ?? [];
      const found = root === '_entities' && typeof index === 'number' ? places.of(index) : [];
      if (found.length === 0) this.addError(execution, error, undefined);
      const depth = depthOfNull(answers?.[index as number], rest);
      for (const place of found) this.addError(execution, error, [...place, ...rest], place.length + depth);
    }
    if (!answers) return;
    this.rewrite(answers);
    const lastUse = types.length < targets.length ? new Map(indices.map((index, n) => [index, n])) : null;
    for (let n = 0; n < targets.length; n += 1) {
      const index = indices[n]!;
      const answer = answers[index];
      if (answer)
        mergeEntity(
          targets[n]!,
          answer,
          lastUse !== null && lastUse.get(index) !== n,
          this.schema.supergraph,
        );
    }
  }

  /** @returns null when the fetch failed; its error is reported at these places */
  private async send<Context>(
    execution: Execution<Context>,
    request: string,
    types: readonly string[],
    places: () => readonly Path[],
  ): Promise<GraphQLResult | null> {
    const { fetch, context } = execution.options;
    const check = (response: unknown): GraphQLResult => {
      this.shape.check(response, types);
      return response;
    };
    try {
      return await fetch(this.fetch, request, context, check);
    } catch (error) {
      for (const place of places())
        execution.addError(this.order, asGraphQLError(error, this.external(place)));
      return null;
    }
  }

  /** @param nullAt length of the path of the value that is null because of the error */
  private addError<Context>(
    execution: Execution<Context>,
    error: GraphQLFormattedError,
    path: Path | undefined,
    nullAt = 0,
  ): void {
    const reported = asGraphQLError(error, path && this.external(path));
    execution.addError(this.order, reported, path && { path, nullAt });
  }

  private rewrite(answer: unknown): void {
    const { outputRewrites } = this.node;
    if (outputRewrites) rewrite(outputRewrites, answer, this.schema.supergraph);
  }

  /** The client's keys for a path inside the executor. */
  private external(path: Path): Path {
    const { keys } = this.schema;
    return path.map((key) =>
      typeof key === 'string' && key !== EACH_ITEM ? keys.external(this.renamed.get(key) ?? key) : key,
    );
  }
}
